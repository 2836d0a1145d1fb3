"""Writes and reads files so that a kill, a full disk or a second process never leaves half of one."""

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bigflow.errors import OutsideError

_CHUNK = 1 << 20


def write_atomically(path: str, content: bytes | str) -> None:
    """The whole content is there, or what was there before; the folder is made when it is missing."""
    data = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
    folder = os.path.dirname(path) or "."
    scratch = ""
    try:
        os.makedirs(folder, exist_ok=True)
        descriptor, scratch = tempfile.mkstemp(prefix=".writing-", dir=folder)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            os.fchmod(file.fileno(), 0o644)
        os.replace(scratch, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(scratch)
        raise unwritable(path, error) from error


def replace_folder(made: str, place: str) -> None:
    """Put a folder that is complete where another one may be. Both lie on one file system."""
    old = f"{place}.old"
    try:
        shutil.rmtree(old, ignore_errors=True)
        os.makedirs(os.path.dirname(place) or ".", exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            os.rename(place, old)
        os.rename(made, place)
    except OSError as error:
        raise unwritable(place, error) from error
    shutil.rmtree(old, ignore_errors=True)


def new_numbered_folder(folder: str) -> tuple[int, str]:
    """A folder of the next number, made in `folder`; two processes never get the same one."""
    try:
        os.makedirs(folder, exist_ok=True)
        number = max((int(name) for name in os.listdir(folder) if name.isdecimal()), default=0)
        while True:
            number += 1
            with contextlib.suppress(FileExistsError):
                path = os.path.join(folder, str(number))
                os.mkdir(path)
                return number, path
    except OSError as error:
        raise unwritable(folder, error) from error


def unwritable(path: str, error: OSError) -> OutsideError:
    """The error of a place that takes no more, or never did."""
    return OutsideError(
        f"cannot write {path}: {error.strerror or error}", hint="see the rights of the folder, and the room on the disk"
    )


def unmakable(folder: str) -> OSError | None:
    """What keeps us from making files in a folder, which need not be there; nothing is made to find out."""
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder) or os.curdir
    if not os.path.isdir(folder):
        return NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    if not os.access(folder, os.W_OK | os.X_OK):
        return PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return None


def sha256_of(path: str) -> str:
    """The hash of a file's content."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def files_below(folder: str) -> Iterator[str]:
    """The paths of all files below, relative to the folder, in an order that only their names decide.

    What Python caches is passed over. A link to a folder is one file: what it points at belongs to somebody else.
    """
    for parent, folders, names in os.walk(folder):
        folders.sort()
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        folders[:] = [name for name in folders if name != "__pycache__" and name not in links]
        for name in sorted((*names, *links)):
            if not name.endswith((".pyc", ".pyo")):
                yield os.path.relpath(os.path.join(parent, name), folder)


@contextmanager
def locked(path: str, waiting: Callable[[str], None]) -> Iterator[Callable[[str], None]]:
    """Nobody else has this lock meanwhile; it ends with this process, always.

    Who has it now is told, once, and waited for. What is yielded writes down who we are.
    """
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise unwritable(path, error) from error

    def sign(who: str) -> None:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, who.encode(), 0)

    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting(os.pread(descriptor, 200, 0).decode("utf-8", "replace"))
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield sign
    finally:
        os.close(descriptor)
