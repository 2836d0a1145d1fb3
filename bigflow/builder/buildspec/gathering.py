"""Turns `files`, `base-directory` and their companions into the files that they mean, or why there are none."""

import os
import re
from typing import NamedTuple

from bigflow.builder.buildspec.archive import Member
from bigflow.builder.buildspec.grammar import Buildspec, Files
from bigflow.builder.buildspec.patterns import Escapes, expression, find_files, relative
from bigflow.builder.buildspec.transcript import Transcript
from bigflow.builder.step import StepFailed
from bigflow.errors import Finding


class Gathered(NamedTuple):
    """Files with the names that they get, and what was odd."""

    members: tuple[Member, ...]
    warnings: tuple[Finding, ...]


class Gatherer:
    """Looks for files in the sources of one build."""

    def __init__(self, spec: Buildspec, source: str, log: Transcript) -> None:
        self._spec = spec
        self._source = source
        self._log = log

    def gather(self, files: Files, *, symlinks: bool = False) -> Gathered:
        """StepFailed when the patterns mean nothing at all, or something that they must not."""
        where = self._spec.where(files.line)
        base = self._base(files, where)
        try:
            found = find_files(base, files.patterns, files.exclude, symlinks=symlinks)
        except Escapes as escape:
            raise StepFailed(
                f"the pattern {escape} leads out of {_shown(files)}",
                where=where,
                hint="name files below base-directory, or set base-directory",
            ) from None
        for pattern in found.unmatched:
            self._log.line(f"Skipping invalid file path {pattern}")
        if not found.files:
            hint = _folder_hint(base, files) or f"patterns are relative to {_shown(files)}"
            raise StepFailed("no matching artifact paths found", where=where, hint=hint)
        self._log.line(f"Found {len(found.files)} file(s)")
        odd = [Finding(f"no file matches {pattern}", where) for pattern in found.unmatched]
        odd += [Finding(f"{file} {why}; it is left out", where) for file, why in found.passed_over]
        members, same = _named(base, found.files, files.discard_paths, symlinks)
        odd += [
            Finding(f"discard-paths: {file} is left out, another {os.path.basename(file)} is there", where)
            for file in same
        ]
        return Gathered(members, tuple(odd))

    def _base(self, files: Files, where: str) -> str:
        """A pattern for one folder of the sources; the first one, should it mean several."""
        said = files.base or "."
        self._log.line(f"Expanding base directory path: {said}")
        try:
            wanted = relative(said, self._source)
        except Escapes:
            raise StepFailed(f"base-directory {said} leads out of the sources", where=where) from None
        if not wanted:
            return self._source
        if os.path.isdir(os.path.join(self._source, wanted)):
            return os.path.join(self._source, wanted)
        found = _folders(self._source, wanted)
        if not found:
            raise StepFailed(
                f"no matching base directory path found for {said}", where=where, hint="did a command make it?"
            )
        return os.path.join(self._source, found[0])


def _folders(source: str, pattern: str) -> list[str]:
    """Folders that the pattern means."""
    compiled = re.compile(expression(pattern))
    depth = pattern.count("/") + 1
    found = []
    for parent, folders, _ in os.walk(source):
        below = [os.path.relpath(os.path.join(parent, name), source) for name in sorted(folders)]
        found += [folder for folder in below if compiled.fullmatch(folder)]
        if "**" not in pattern and below and below[0].count("/") + 1 >= depth:
            folders.clear()
    return sorted(found)


def _named(base: str, files: tuple[str, ...], flat: bool, symlinks: bool) -> tuple[tuple[Member, ...], list[str]]:
    """Without their folders, if that is wanted: then the first of two with one name stays."""
    members: dict[str, Member] = {}
    same = []
    for file in files:
        full, name = os.path.join(base, file), os.path.basename(file) if flat else file
        if name in members:
            same.append(file)
        else:
            members[name] = Member(full, name, symlinks and os.path.islink(full))
    return tuple(members.values()), same


def _folder_hint(base: str, files: Files) -> str:
    folder = next((one for one in files.patterns if os.path.isdir(os.path.join(base, one))), None)
    return f"{folder} is a folder: {folder.rstrip('/')}/**/* means all files in it" if folder else ""


def _shown(files: Files) -> str:
    return files.base or "the sources"
