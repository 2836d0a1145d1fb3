"""Turns paths of a project into the hashes of what lies there."""

import glob
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from stat import S_ISREG
from threading import Lock

from bigflow._ambient import now
from bigflow._files import files_below, sha256_of, write_atomically
from bigflow.errors import UsageError

_LARGE = 1 << 20  # bytes from which on a hash is remembered, for as long as the file's inode says that it is the same
_SETTLED = 2.0  # seconds: a file that changed less than that ago could change again unnoticed
_ABSENT = "absent"
_NOT_SOURCES = (".git", ".venv", ".bigflow")  # what no pattern means, however wide it is


class Fingerprints:
    """The hashes of one build."""

    def __init__(self, root: str, memory: str) -> None:
        self._root = root
        self._memory = memory
        self._remembered: dict[str, list[object]] = {}  # for the next build
        self._learnt = False
        self._seen: dict[str, list[object]] = {}  # in this build: its steps hash what they leave in their threads
        self._one_at_a_time = Lock()
        self._known: dict[str, tuple[tuple[str, str], ...]] = {}

    def of(self, paths: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """Each file at or below the paths (patterns are understood) with its hash. What is not there is told so."""
        found: dict[str, str] = {}
        for path in paths:
            if path not in self._known:
                self._known[path] = tuple((file, self._hash(file)) for file in self._files(path))
            found.update(self._known[path])
        return tuple(sorted(found.items()))

    def look_anew(self) -> None:
        """Somebody is writing, or has written: what was seen may have changed."""
        self._known.clear()

    def see(self, paths: Iterable[str]) -> None:
        """Hash large files now, in whatever thread, so that nobody has to wait for that later."""
        for path in paths:
            for file in self._files(path):
                full = os.path.join(self._root, file)
                with suppress(OSError):
                    stat = os.stat(full)
                    if S_ISREG(stat.st_mode) and stat.st_size >= _LARGE:
                        self._large(full, stat)

    def digest(self, paths: Iterable[str], *more: str) -> str:
        """One hash of all that."""
        lines = [f"{file}\0{sha256}\n" for file, sha256 in self.of(paths)]
        text = "".join(lines) + "".join(f"\0{len(value)}\0{value}" for value in more)
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()

    def keep(self) -> None:
        """Remember the hashes of large files for the next build."""
        if self._learnt:
            write_atomically(self._memory, json.dumps(self._remembered))

    def _files(self, path: str) -> Iterator[str]:
        full = os.path.join(self._root, path)
        if any(sign in path for sign in "*?["):
            for match in glob.glob(path, root_dir=self._root, recursive=True, include_hidden=True):
                if match.partition(os.sep)[0] not in _NOT_SOURCES and os.path.isfile(os.path.join(self._root, match)):
                    yield match
        elif os.path.isdir(full):
            yield from (os.path.normpath(os.path.join(path, file)) for file in files_below(full))
        else:
            yield path

    def _hash(self, file: str) -> str:
        full = os.path.join(self._root, file)
        try:
            stat = os.stat(full)
        except FileNotFoundError:
            return f"link to {os.readlink(full)}" if os.path.islink(full) else _ABSENT
        except OSError as error:
            raise _unreadable(file, error) from None
        mode = "x" if stat.st_mode & 0o100 else ""
        try:
            if os.path.isdir(full):
                return f"link to {os.readlink(full)}"
            return mode + (sha256_of(full) if stat.st_size < _LARGE else self._large(full, stat))
        except OSError as error:
            raise _unreadable(file, error) from None

    def _large(self, full: str, stat: os.stat_result) -> str:
        identity = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
        with self._one_at_a_time:
            if not self._seen:
                self._remembered = _read(self._memory)
                self._seen = dict(self._remembered)
            known = self._seen.get(full)
        match known:
            case [*same, str() as sha256] if same == identity:
                return sha256
        sha256 = sha256_of(full)
        with self._one_at_a_time:
            self._seen[full] = [*identity, sha256]
            if now().timestamp() - max(stat.st_mtime, stat.st_ctime) > _SETTLED:
                self._remembered[full] = self._seen[full]
                self._learnt = True
        return sha256


def _read(path: str) -> dict[str, list[object]]:
    try:
        with open(path, encoding="utf-8") as file:
            read = json.load(file)
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _unreadable(file: str, error: OSError) -> UsageError:
    return UsageError(
        f"cannot read {file}: {error.strerror}", where=file, hint="the build reads it: repair or remove it"
    )
