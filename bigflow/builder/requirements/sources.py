"""Turns requirements.in and the files that it includes into the lines that they hold, with their places."""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from bigflow.builder.requirements.lines import logical_lines
from bigflow.builder.requirements.names import name_of
from bigflow.errors import UsageError

_PLACES = re.compile(r"(?:-i|-f|--index-url|--extra-index-url|--find-links|--no-index|--trusted-host)(?:[\s=]|$)")
_LOCAL = re.compile(r"((?:-f|--find-links)[\s=]+)(?![a-z+]+:)(\S+)")
_INCLUDE_OF_1_11 = re.compile(r"\s*-r\s+(.*)")


class Line(NamedTuple):
    """One requirement as the user wrote it."""

    text: str
    where: str  # "resources/requirements.in:3"


@dataclass(frozen=True, slots=True)
class Sources:
    """All that a lock is made from, but for the Python and the platform. Paths are relative to the project."""

    files: tuple[str, ...]  # the file itself, then what it includes, constraints among them
    lines: tuple[Line, ...]  # requirements: not those of constraints
    places: tuple[str, ...]  # the lines that name indexes and folders (these absolute: never to be written down)
    contents: tuple[str, ...]  # of the files
    hash_of_1_11: str  # what 1.11 wrote into the lock that it made from the same files

    def where(self, package: str) -> str:
        """The lines that ask for the package; the file when none does."""
        return ", ".join(line.where for line in self.lines if name_of(line.text) == package) or self.files[0]


def read_sources(root: str, file: str) -> Sources:
    """Read the file and what it includes; UsageError when one of them cannot be read."""
    reading = _Reading(root)
    reading.read(file, "", constraint=False)
    return Sources(
        files=tuple(reading.contents),
        lines=tuple(reading.lines),
        places=tuple(reading.places),
        contents=tuple(reading.contents.values()),
        hash_of_1_11=hashlib.sha256("".join(_as_1_11_read_it(reading.contents, file)).encode()).hexdigest(),
    )


@dataclass(slots=True)
class _Reading:
    root: str
    contents: dict[str, str] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    places: list[str] = field(default_factory=list)

    def read(self, file: str, included_at: str, *, constraint: bool) -> None:
        """Each file once: a circle of includes comes to its end."""
        if file in self.contents:
            return
        text = _text(os.path.join(self.root, file), file, included_at)
        self.contents[file] = text
        folder = os.path.join(self.root, os.path.dirname(file))
        for line in logical_lines(text):
            where = f"{file}:{line.number}"
            if included := line.included:
                self._include(included, file, where, constraint=constraint)
            elif _PLACES.match(line.text):
                self.places.append(_LOCAL.sub(lambda found: f"{found[1]}{os.path.join(folder, found[2])}", line.text))
            elif not constraint:
                self.lines.append(Line(line.text, where))

    def _include(self, included: tuple[str, bool], file: str, where: str, *, constraint: bool) -> None:
        path, only_constrains = included
        if "://" not in path:  # what lies elsewhere is uv's to fetch
            place = os.path.normpath(os.path.join(os.path.dirname(file), path))
            self.read(place, where, constraint=constraint or only_constrains)


def _text(path: str, file: str, included_at: str) -> str:
    try:
        with open(path, encoding="utf-8-sig") as opened:
            return opened.read()
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not UTF-8 text", where=file, hint=f"save {file} as UTF-8") from None
    except OSError as error:
        hint = f"write {file}, or take the line out" if included_at else ""
        message = f"cannot read {file}: {error.strerror}"
        raise UsageError(message, where=included_at or file, hint=hint) from None


def _as_1_11_read_it(contents: dict[str, str], file: str, depth: int = 0) -> Iterator[str]:
    """The texts as 1.11 hashed them: each include behind the file that names it, constraints never."""
    if file not in contents or depth > len(contents):
        return
    yield contents[file]
    for include in _INCLUDE_OF_1_11.findall(contents[file]):
        path = os.path.join(os.path.dirname(file), include.partition("#")[0].strip())
        yield from _as_1_11_read_it(contents, os.path.normpath(path), depth + 1)
