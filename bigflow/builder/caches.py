"""Turns the folders where builds keep what can be made again into a list with their sizes, and into empty ones."""

import os
import shutil
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bigflow._files import unwritable
from bigflow.builder.buildspec.cache import FOLDER
from bigflow.builder.traceless import CACHE

# Of this machine: what any project can use again. Each has its folders, or files, below the machine's cache.
_OF_THE_MACHINE = (
    ("images", "layers and base images", ("blobs",)),
    ("trees", "layers unpacked, in which images are tried", ("trees",)),
    (
        "environments",
        "what builds install to pack and to try wheels, and to generate code",
        ("build-envs", "locked", "runtimes", "generators"),
    ),
    ("buildspec", "Pythons of buildspecs", ("buildspec",)),
    ("jars", "of EMR bundles", ("jars",)),
    ("answers", "what programs and services have said", ("programs", "pip-audit", "secret-rules", "loopback.json")),
    ("framework", "its wheel for images, and SBOMs", ("runtime", "sbom", "framework.json")),
)
# Of the project: beside what is known of its builds and runs, which is no cache.
_OF_THE_PROJECT = (
    (
        "steps",
        "which steps need not be done again",
        (".bigflow/steps", ".bigflow/fingerprints.json", ".bigflow/clean-blobs"),
    ),
    ("tools", "what linters, type checkers and Python remember", (CACHE,)),
    ("buildspec-cache", "files that buildspecs keep", (FOLDER,)),
)


class Cache(NamedTuple):
    """One of them. What lies in it is made again when it is needed."""

    name: str
    what: str
    of: str  # "machine" or "project"
    paths: tuple[str, ...]


class Measured(NamedTuple):
    """What lies there: bytes on the disk, and files. What has several names counts once."""

    size: int
    files: int


def caches(machine: str, root: str | None) -> tuple[Cache, ...]:
    """All that there can be; those of a project where there is one."""
    found = [_cache(machine, "machine", one) for one in _OF_THE_MACHINE]
    if root is not None:
        found += [_cache(root, "project", one) for one in _OF_THE_PROJECT]
    return tuple(found)


def measured(cache: Cache) -> Measured:
    """Files that go while they are counted do not count."""
    seen: set[tuple[int, int]] = set()
    size = files = 0
    for stat in _stats(cache.paths):
        if (stat.st_dev, stat.st_ino) not in seen:
            seen.add((stat.st_dev, stat.st_ino))
            size += stat.st_blocks * 512
            files += 1
    return Measured(size, files)


def clear(cache: Cache) -> None:
    """Remove all of it."""
    for path in cache.paths:
        try:
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            elif os.path.lexists(path):
                os.unlink(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise unwritable(error.filename or path, error) from error


def _cache(place: str, of: str, said: tuple[str, str, tuple[str, ...]]) -> Cache:
    name, what, paths = said
    return Cache(name, what, of, tuple(os.path.join(place, path) for path in paths))


def _stats(paths: Iterable[str]) -> Iterator[os.stat_result]:
    for path in paths:
        try:
            with os.scandir(path) as entries:
                inside = list(entries)
        except NotADirectoryError:
            yield os.lstat(path)
            continue
        except OSError:
            continue
        for entry in inside:
            try:
                if entry.is_dir(follow_symlinks=False):
                    yield from _stats((entry.path,))
                else:
                    yield entry.stat(follow_symlinks=False)
            except OSError:
                continue
