"""Turns the patterns of a buildspec into the files below a folder that they mean."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_TOKENS = re.compile(r"\*\*/|\*\*|\*|\?|\[[^\]/]+\]|\{[^{}]*\}|.", re.DOTALL)
_WILD = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
_GIT = ".git"


class Escapes(Exception):
    """A pattern means something outside of its folder."""


@dataclass(slots=True)
class Found:
    """What patterns mean: files (and links) relative to the folder; patterns that mean nothing; odd files, and why."""

    files: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()
    passed_over: list[tuple[str, str]] = field(default_factory=list)


def find_files(base: str, patterns: Iterable[str], exclude: Iterable[str] = (), *, symlinks: bool = False) -> Found:
    """All files that some pattern means and no excluding one, in the order of their names.

    Links to folders are not followed, so that loops do not matter. A link counts as the file that it leads to, if that
    is below the folder; with `symlinks` it counts as itself.
    """
    found = Found()
    present = sorted(_below(base))
    unwanted = [_compiled(relative(pattern, base)) for pattern in exclude]
    chosen: set[str] = set()
    unmatched: list[str] = []
    for pattern in patterns:
        wanted = relative(pattern, base)
        compiled = _compiled(wanted)
        matching = [file for file in present if compiled.fullmatch(file) and _meant(file, wanted)]
        chosen.update(matching)
        if not matching:
            unmatched.append(pattern)
    kept = (file for file in sorted(chosen) if not any(one.fullmatch(file) for one in unwanted))
    found.files = tuple(file for file in kept if symlinks or _is_inside(base, file, found))
    found.unmatched = tuple(unmatched)
    return found


def relative(pattern: str, base: str) -> str:
    """The pattern as seen from the folder; Escapes when it leads out of it."""
    if os.path.isabs(pattern):
        inside = pattern.removeprefix(base.rstrip("/") + "/")
        if inside == pattern:
            raise Escapes(pattern)
        pattern = inside
    parts: list[str] = []
    for part in pattern.split("/"):
        if part == "..":
            if not parts or "*" in parts[-1]:
                raise Escapes(pattern)
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def expression(pattern: str) -> str:
    """The regular expression of a pattern: `*` and `?` do not cross a `/`, `**` is any number of folders."""
    return "".join(_token(token) for token in _TOKENS.findall(pattern))


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(expression(pattern), re.DOTALL)


def _token(token: str) -> str:
    if token in _WILD:
        return _WILD[token]
    if len(token) > 1 and token.startswith("["):
        inside = re.sub(r"([\\\[\]^])", r"\\\1", token[1:-1].lstrip("!^"))
        return f"[{'^' if token[1] in '!^' else ''}{inside}]" if inside else re.escape(token)
    if len(token) > 1 and token.startswith("{"):
        return f"(?:{'|'.join(expression(one) for one in token[1:-1].split(','))})"
    return re.escape(token)


def _meant(file: str, pattern: str) -> bool:
    """git's own folder is meant only by those who name it."""
    return file.split("/", 1)[0] != _GIT or pattern.split("/", 1)[0] == _GIT


def _below(base: str) -> Iterator[str]:
    """Files and links, of whatever kind; what is neither (a socket, a pipe) cannot be kept."""
    for parent, folders, names in os.walk(base):
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        for name in (*names, *links):
            full = os.path.join(parent, name)
            if os.path.islink(full) or os.path.isfile(full):
                yield os.path.relpath(full, base)


def _is_inside(base: str, file: str, found: Found) -> bool:
    full = os.path.join(base, file)
    if not os.path.islink(full):
        return True
    target = os.path.realpath(full)
    if not target.startswith(os.path.realpath(base) + os.sep):
        found.passed_over.append((file, f"is a link that leads to {os.readlink(full)}, outside of the folder"))
    elif os.path.isdir(full):
        found.passed_over.append((file, "is a link to a folder"))
    elif not os.path.isfile(full):
        found.passed_over.append((file, "is a link that leads nowhere"))
    else:
        return True
    return False
