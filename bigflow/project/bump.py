"""Turns the newest version and what is wished of the next one into that next one."""

import re
from typing import Literal, NamedTuple, TypeAlias

from bigflow.errors import UsageError
from bigflow.project import pep440
from bigflow.project.pep440 import Number

_PREFIX = re.compile(r"(?:[A-Za-z][A-Za-z/_.-]*)?", re.ASCII)

Part: TypeAlias = Literal["major", "minor", "patch"]


class Tagged(NamedTuple):
    """A version, and the tag that names it: `1.2` and `release-1.2`."""

    tag: str
    number: Number

    @property
    def prefix(self) -> str:
        return self.tag.removesuffix(self.number.text)


def bumped(last: Tagged | None, part: Part) -> Tagged:
    """The next version as 1.11 counts: 1.2.3 and 1.2.3rc1 are followed by 1.3; without any it begins with 0.1."""
    major, minor, patch = (*(last.number.key[0] if last else ()), 0, 0, 0)[:3]
    text = {"major": f"{major + 1}.0", "minor": f"{major}.{minor + 1}", "patch": f"{major}.{minor}.{patch + 1}"}[part]
    return _after(last, text)


def chosen(last: Tagged | None, wish: str) -> Tagged:
    """The version that the user names. It has to be a release, and greater than the last one."""
    number = pep440.of_tag(wish)
    if number is None or not number.countable or not _PREFIX.fullmatch(wish.removesuffix(number.text)):
        raise UsageError(
            f"'{wish}' is not a version that can be released", hint="for example --version 1.2.0, 2.0rc1 or v1.2"
        )
    if last is not None and number.key <= last.number.key:
        raise UsageError(
            f"{number.text} is not greater than {last.number.text}, the last version here (tag {last.tag})",
            hint=f"bigflow release --version {bumped(last, 'minor').number.text}, or without --version",
        )
    return _after(last, number.text) if number.text == wish else Tagged(wish, number)


def _after(last: Tagged | None, text: str) -> Tagged:
    """The new tag begins as the last one does: v1.2, v1.3."""
    number = pep440.parse(text)
    if number is None:
        raise UsageError(f"no version can follow {last.tag if last else ''}", hint="name one with --version")
    return Tagged((last.prefix if last else "") + text, number)
