"""Turns the text of a requirements file into the lines that say something."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_COMMENT = re.compile(r"(?:^|\s)#.*")
_INCLUDE = re.compile(r"(-r|--requirement|-c|--constraint)(?:\s*=\s*|\s+|(?=[^\s-]))(\S.*)")


class LogicalLine(NamedTuple):
    """One line without its comment; a `\\` at its end has joined it with the next."""

    number: int  # where it begins
    text: str
    below: tuple[str, ...]  # the comments between it and the next

    @property
    def included(self) -> tuple[str, bool] | None:
        """The file that it includes, and whether only as a constraint."""
        found = _INCLUDE.fullmatch(self.text)
        return (found[2].strip("'\""), found[1] in ("-c", "--constraint")) if found else None


def logical_lines(text: str) -> Iterator[LogicalLine]:
    """All of them, in order."""
    begun, number, last = "", 0, None
    comments: list[str] = []
    for here, raw in enumerate(text.split("\n"), start=1):
        if raw.lstrip().startswith("#"):
            comments.append(raw.strip().lstrip("# "))
            continue
        number = number if begun else here
        line = _COMMENT.sub("", raw).rstrip()
        begun += line.removesuffix("\\")
        if not line.endswith("\\") and (whole := begun.strip()):
            if last:
                yield last._replace(below=tuple(comments))
            last, comments = LogicalLine(number, whole, ()), []
        begun = begun if line.endswith("\\") else ""
    if last:
        yield last._replace(below=tuple(comments))
    if begun.strip():
        yield LogicalLine(number, begun.strip(), ())
