"""What a rule has to say of one place, and the safe way to mend it."""

from typing import NamedTuple


class Untrack(NamedTuple):
    """Take paths out of git's index; the files stay where they are."""

    paths: tuple[str, ...]


class Append(NamedTuple):
    """Write lines to the end of an ignore file, where they win over those before."""

    file: str
    lines: tuple[str, ...]


class Violation(NamedTuple):
    """One thing that is not as the doctrine wants it."""

    rule: str
    where: str  # "build/", ".gitignore:3"
    message: str
    repair: str  # what to type, or to do
    mend: Untrack | Append | None = None  # None: only a person can decide
