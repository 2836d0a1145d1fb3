"""Turns the tracked files that nobody has looked into yet into the places in them that look like secrets."""

import os
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from bigflow._files import write_atomically
from bigflow._optional import need
from bigflow.artifacts.doctrine.repository import LINK, SUBMODULE, Secret, Tracked
from bigflow.artifacts.doctrine.rules import BIG
from bigflow.project import git

if TYPE_CHECKING:
    from kingfisher_sdk import Scanner

_PACKAGE, _MODULE = "kingfisher-secret-scanner", "kingfisher_sdk"
_SURE = "high"  # of what has a form of its own: to be random, or to stand beside `password`, is not enough
_AT_ONCE = 16_000_000  # bytes that are asked of git at a time
_GUESS = 10_000  # bytes, of a file that does not lie there


class Clean:
    """The blobs in which this detector has found nothing: by their hashes, which are those of their contents."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._detector = f"{_PACKAGE} {_version()} {_SURE}"
        self._before = frozenset(_kept(path, self._detector))
        self._blobs = set(self._before)

    def __contains__(self, blob: str) -> bool:
        return blob in self._blobs

    def add(self, blob: str) -> None:
        self._blobs.add(blob)

    def keep(self, blobs: Iterable[str]) -> None:
        """Remember those that are still tracked."""
        still = self._blobs.intersection(blobs)
        if still != self._before:
            write_atomically(self._path, "\n".join((self._detector, *sorted(still), "")))


def find_secrets(repository: git.Repository, tracked: Iterable[Tracked], memory: str, cache: str) -> tuple[Secret, ...]:
    """The secrets in the contents that git has of these files. `memory` is where the clean ones are remembered.

    What a sparse checkout keeps away is passed over, and what is too big for a source: that has a rule of its own.
    """
    files = [one for one in tracked if _is_looked_into(one)]
    clean = Clean(memory)
    paths: dict[str, list[str]] = {}
    for one in files:
        if one.blob not in clean:
            paths.setdefault(one.blob, []).append(one.path)
    found = []
    if paths:
        scanner = _scanner(cache)
        for names in _portions({one.blob: one.size or _GUESS for one in files if one.blob in paths}):
            for blob, content in repository.blobs(names):
                secrets = sorted(set(_in_content(scanner, content)))
                found += [Secret(path, line, kind) for path in paths[blob] for line, kind in secrets]
                if not secrets:
                    clean.add(blob)
        clean.keep(one.blob for one in files)
    return tuple(sorted(found))


def _is_looked_into(one: Tracked) -> bool:
    return one.mode not in (SUBMODULE, LINK) and not one.kept_away and (one.size or 0) <= BIG


def _portions(sizes: dict[str, int]) -> Iterator[list[str]]:
    """So many blobs at a time that they fit into memory."""
    portion: list[str] = []
    room = _AT_ONCE
    for blob, size in sizes.items():
        if portion and size > room:
            yield portion
            portion, room = [], _AT_ONCE
        portion.append(blob)
        room -= size
    yield portion


def _in_content(scanner: "Scanner", content: bytes) -> Iterator[tuple[int, str]]:
    for finding in scanner.scan(content):
        if finding.visible and finding.confidence == _SURE:
            yield finding.location["line"], finding.rule_id.rpartition("betterleaks.")[2]


def _scanner(cache: str) -> "Scanner":
    """Its rules are compiled once on each machine."""
    need(_MODULE, "looking for secrets")
    from kingfisher_sdk import Rules, Scanner  # late: most builds have nothing new to look into

    return Scanner(Rules(cache_dir=os.path.join(cache, "secret-rules")))  # its less sure rules find parts of a whole


def _version() -> str:
    try:
        return version(_PACKAGE)
    except PackageNotFoundError:
        return "absent"


def _kept(path: str, detector: str) -> Iterator[str]:
    try:
        with open(path, encoding="utf-8") as file:
            first, *blobs = file.read().split("\n")
    except (OSError, ValueError):
        return
    if first == detector:
        yield from filter(None, blobs)
