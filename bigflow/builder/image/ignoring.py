"""Turns the lines of a .dockerignore into the answer whether a path is in the build context, as Docker gives it."""

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bigflow.errors import UsageError

_WILD = {"*": "[^/]*", "?": "[^/]"}
_CLASS = re.compile(r"\[\^?(?:\\.|[^\]\\-])(?:-(?:\\.|[^\]\\-])|\\.|[^\]\\-])*\]")


@dataclass(frozen=True, slots=True)
class Rule:
    """One line that says something: what it matches is left out, or (`!`) let in again."""

    matching: re.Pattern[str]
    lets_in: bool

    def concerns(self, path: str) -> bool:
        """Whether it is about the path, or about a folder that the path lies in."""
        return self.matching.fullmatch(path) is not None


@dataclass(frozen=True, slots=True)
class Rules:
    """What is left out. The last rule that concerns a path decides."""

    rules: tuple[Rule, ...]

    def leave_out(self, path: str) -> bool:
        """Whether the path (relative, with `/`) stays behind."""
        return next((not rule.lets_in for rule in reversed(self.rules) if rule.concerns(path)), False)

    @property
    def let_in_again(self) -> bool:
        """Whether something may be wanted that lies in a folder which is left out."""
        return any(rule.lets_in for rule in self.rules)


def read_rules(text: str, file: str) -> Rules:
    """The rules of a .dockerignore; `file` names it in errors."""
    return Rules(tuple(_rules(text.removeprefix("\ufeff").split("\n"), file)))


def rules_of(*patterns: str) -> Rules:
    """The rules of patterns that we wrote ourselves."""
    return Rules(tuple(_rules(patterns, "")))


def _rules(lines: Iterable[str], file: str) -> Iterator[Rule]:
    for number, line in enumerate(lines, 1):
        pattern = line.strip()
        if line.startswith("#") or not pattern:  # a `#` after spaces is part of a name
            continue
        lets_in = pattern.startswith("!")
        pattern = pattern.removeprefix("!").strip()
        try:
            if not pattern:
                raise ValueError("it lets nothing in")
            yield Rule(re.compile(rf"{_expression(_clean(pattern))}(?:/.*)?", re.DOTALL), lets_in)
        except (ValueError, re.error) as error:
            raise UsageError(
                f"{line.strip()!r} is no pattern: {error}",
                where=f"{file}:{number}",
                hint="write a name, or a pattern with *, ?, [a-z] and ** for any number of folders",
            ) from None


def _clean(pattern: str) -> str:
    """Without what a path can do without: `./a//b/` is `a/b`, `/a` is `a`."""
    cleaned = posixpath.normpath(pattern)
    return cleaned.lstrip("/") if len(cleaned) > 1 else cleaned


def _expression(pattern: str) -> str:
    parts: list[str] = []
    place = 0
    while place < len(pattern):
        part, place = _part(pattern, place)
        parts.append(part)
    return "".join(parts)


def _part(pattern: str, place: int) -> tuple[str, int]:
    """What the pattern says at this place, and the place after it."""
    letter = pattern[place]
    if pattern.startswith("**", place):
        after = place + 2
        return (".*", after) if after == len(pattern) else ("(?:.*/)?", after + (pattern[after] == "/"))
    if letter in _WILD:
        return _WILD[letter], place + 1
    if letter == "[":
        found = _CLASS.match(pattern, place)
        if not found:
            raise ValueError("a [ is not closed")
        return _class(found[0]), found.end()
    if letter == "\\":
        if place + 1 == len(pattern):
            raise ValueError("it ends with a backslash")
        return re.escape(pattern[place + 1]), place + 2
    return re.escape(letter), place + 1


def _class(text: str) -> str:
    """`[a-z]` means the same in both; what only Python would take for more is escaped."""
    inside = re.sub(r"\\(.)|[\[&~|]", lambda found: re.escape(found[1] or found[0]), text[1:-1])
    return f"[{inside}]"
