"""A folder as a store: renames make a change whole, a lock makes it conditional, and hashes are the versions."""

import contextlib
import fcntl
import hashlib
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import BinaryIO

from bigflow._files import unmakable, unwritable
from bigflow._http.patience import Patience
from bigflow.errors import OutsideError
from bigflow.storage.place import RESERVED, Place
from bigflow.storage.store import ABSENT, PIECE, Absent, Conflict, Content, Found, Stored, md5_of, opened

_POLL = 0.005  # seconds between two looks at a lock


class FolderStore:
    """Files below a folder, which need not be there yet.

    The file into which content is written is also the lock of its folder: whoever has it may rename it to its final
    name, and nothing remains. After a kill it stays, hidden and not locked, until the next change in that folder.
    """

    def __init__(self, place: Place, patience: Patience) -> None:
        self._place = place
        self._patience = patience
        self._threads = threading.Lock()  # ours wait for each other here, without polling

    @property
    def url(self) -> str:
        return self._place.url

    def listing(self, folder: str = "") -> Iterator[Stored]:
        start = self._place.below(folder)
        try:
            for path, name in _files_below(start, start[len(self._place.below("")) :], (os.stat(start),)):
                with contextlib.suppress(PermissionError):  # we did not write what we may not read
                    if stored := _stored(path, name):
                        yield stored
        except FileNotFoundError:
            return  # nothing has been written yet
        except OSError as error:
            if isinstance(error, NotADirectoryError) and os.path.isdir(self._place.prefix):
                return  # an object of that name is no folder
            raise _unreadable(start, error) from error

    def stat(self, name: str) -> Stored | None:
        try:
            return _stored(self._place.key_of(name), name)
        except OSError as error:
            raise _unreadable(self._place.key_of(name), error) from error

    def read(self, name: str) -> Found:
        path = self._place.key_of(name)
        try:
            with open(path, "rb") as file:
                content = file.read()
        except (FileNotFoundError, NotADirectoryError):
            raise Absent(path) from None
        except OSError as error:
            raise _unreadable(path, error) from error
        return Found(content, md5_of(content).hex())

    def write(self, name: str, content: Content, *, expecting: str | None = None, media_type: str = "") -> str:
        path = self._place.key_of(name)
        if expecting and not os.path.isdir(os.path.dirname(path)):  # a Conflict, for which no folder need be made
            _see_that_it_can_be_made(os.path.dirname(path))
            _check(path, name, expecting)
        with opened(content) as source, self._changing(path) as (scratch, file):
            _check(path, name, expecting)
            version = _copied(source, file)
            os.replace(scratch, path)
        return version

    def delete(self, name: str, *, expecting: str | None = None) -> None:
        path = self._place.key_of(name)
        if not os.path.isdir(os.path.dirname(path)):  # locking it would make it
            _check(path, name, expecting)
            return
        with self._changing(path):
            _check(path, name, expecting)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)

    @contextmanager
    def _changing(self, path: str) -> Iterator[tuple[str, BinaryIO]]:
        """An empty file beside `path`, while nobody else of ours changes anything in its folder."""
        scratch = os.path.join(os.path.dirname(path), RESERVED)
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with self._threads, os.fdopen(self._lock(scratch), "wb") as file:
                try:
                    os.ftruncate(file.fileno(), 0)  # a kill may have left something
                    os.fchmod(file.fileno(), 0o644)  # Airflow may run as somebody else
                    yield scratch, file
                finally:
                    if _is_at(file.fileno(), scratch):
                        os.unlink(scratch)
        except OSError as error:
            raise OutsideError(
                f"cannot change {path}: {error.strerror or error}",
                hint="see the rights of the folder, and the room on the disk",
            ) from error

    def _lock(self, scratch: str) -> int:
        """The file, locked. While we waited it may have been renamed or removed: then it is somebody's content."""
        began = self._patience.stopwatch()
        while self._patience.stopwatch() - began < self._patience.silence:
            descriptor = os.open(scratch, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if _is_at(descriptor, scratch):
                    return descriptor
            except BlockingIOError:
                self._patience.sleep(_POLL)
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)
        raise OutsideError(f"somebody else has been writing {scratch} for too long", hint=f"who it is: lsof {scratch}")


def _see_that_it_can_be_made(folder: str) -> None:
    if problem := unmakable(folder):
        raise unwritable(folder, problem)


def _is_at(descriptor: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def _check(path: str, name: str, expecting: str | None) -> None:
    there = _stored(path, name) if expecting is not None else None
    if expecting is not None and expecting != (there.version if there else ABSENT):
        raise Conflict(path, expecting, there)


def _copied(source: BinaryIO, file: BinaryIO) -> str:
    """Write content that survives a loss of power; gives its version."""
    digest = hashlib.md5(usedforsecurity=False)
    while piece := source.read(PIECE):
        digest.update(piece)
        file.write(piece)
    file.flush()
    os.fsync(file.fileno())
    return digest.hexdigest()


def _stored(path: str, name: str) -> Stored | None:
    """What is at a path, if it is a file: its content is read for the hash."""
    try:
        about = os.stat(path)
        if not stat.S_ISREG(about.st_mode):  # opening a pipe would wait for ever
            return None
        with open(path, "rb") as file:
            md5 = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
            about = os.fstat(file.fileno())
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Stored(name, about.st_size, md5, md5, datetime.fromtimestamp(about.st_mtime, UTC))


def _files_below(path: str, start: str, parents: tuple[os.stat_result, ...]) -> Iterator[tuple[str, str]]:
    """Paths and names of all files, in the order of their names. Links are followed, but never in a circle."""
    with os.scandir(path) as entries:
        ordered = sorted(entries, key=lambda entry: f"{entry.name}/" if entry.is_dir() else entry.name)
    for entry in ordered:
        if not entry.is_dir():
            if entry.name != RESERVED:
                yield entry.path, f"{start}{entry.name}"
            continue
        about = entry.stat()
        if not any(os.path.samestat(about, parent) for parent in parents):
            with contextlib.suppress(PermissionError, FileNotFoundError):  # then nothing in there is ours
                yield from _files_below(entry.path, f"{start}{entry.name}/", (*parents, about))


def _unreadable(path: str, error: OSError) -> OutsideError:
    return OutsideError(f"cannot read {path}: {error.strerror or error}", hint="see the rights of the folder")
