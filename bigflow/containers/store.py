"""Turns a folder into a place for blobs, each under its digest, in which nothing unverified ever lies."""

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import IO, ClassVar

from bigflow.containers.blobs import PIECE, Absent, Moved, Source, unheard
from bigflow.containers.descriptor import Descriptor, descriptor_of
from bigflow.containers.digest import Mismatch, Verifier, checked_digest
from bigflow.errors import OutsideError

INCOMING = ".incoming-"  # what is being written: until it has its name it is nobody's
_VERIFIED = 10**18  # the time of files whose bytes are what their names say: whoever changes one changes it
_CLONE = 0x40049409  # FICLONE: a copy that shares its blocks, where the file system can


class Incoming:
    """A blob on its way into the store. It gets its name when it is kept, which nothing can interrupt half-way."""

    def __init__(self, file: IO[bytes], store: "Store") -> None:
        self._file = file
        self._store = store
        self._hash = hashlib.sha256()
        self._size = 0

    def write(self, piece: bytes) -> None:
        self._hash.update(piece)
        self._size += len(piece)
        self._file.write(piece)

    def keep(self, media_type: str) -> Descriptor:
        """It is complete."""
        self._file.flush()
        blob = Descriptor(media_type, "sha256:" + self._hash.hexdigest(), self._size)
        self._store.adopt(self._file.name, blob)
        return blob


@dataclass(frozen=True, slots=True)
class Store:
    """Blobs in a folder, as an OCI layout has them: the same folder may be one. Files in it are never changed."""

    folder: str
    whole: ClassVar[bool] = False

    def path(self, digest: str) -> str:
        """Where the blob lies, or would."""
        algorithm, _, name = checked_digest(digest).partition(":")
        return os.path.join(self.folder, "blobs", algorithm, name)

    def has(self, blob: Descriptor) -> bool:
        """Whether it is here, and right. Only a file whose time is not ours is read for that: it may be damaged."""
        path = self.path(blob.digest)
        try:
            about = os.stat(path)
        except OSError:
            return False
        if not stat.S_ISREG(about.st_mode) or about.st_size != blob.size or not os.access(path, os.R_OK):
            return False
        return about.st_mtime_ns == _VERIFIED or _verified(path, blob)

    def open(self, blob: Descriptor, start: int = 0) -> IO[bytes]:
        try:
            file = open(self.path(blob.digest), "rb")  # noqa: SIM115
        except OSError as error:
            raise Absent(f"the blob {blob.digest} cannot be read: {error.strerror}", where=self.folder) from None
        file.seek(start)
        return file

    def add(self, media_type: str, data: bytes) -> Descriptor:
        """Put in bytes that we have in hand."""
        blob = descriptor_of(media_type, data)
        if not self.has(blob):
            with self.incoming() as incoming:
                incoming.write(data)
                incoming.keep(media_type)
        return blob

    def put(self, documents: Iterable[tuple[Descriptor, bytes]]) -> Descriptor:
        """Put in the documents of an image or an index; gives the last, which speaks of the others."""
        for blob, data in documents:
            self.add(blob.media_type, data)
        return blob

    def take(self, blob: Descriptor, source: Source, moved: Moved = unheard) -> None:
        """Put in a blob from elsewhere. From another store on this disk it costs no room."""
        if self.has(blob):
            return
        if isinstance(source, Store) and source.has(blob) and self._share(source.path(blob.digest), blob):
            return
        verifier = Verifier(blob.digest, blob.size, source.folder if isinstance(source, Store) else "")
        with self._file() as file, closing(source.open(blob)) as stream:
            while piece := stream.read(PIECE):
                verifier.update(piece)
                file.write(piece)
                moved(len(piece))
            verifier.finish()
            file.flush()
            self.adopt(file.name, blob)

    @contextmanager
    def incoming(self) -> Iterator[Incoming]:
        """Something new, whose digest is known when it is complete."""
        with self._file() as file:
            yield Incoming(file, self)

    def adopt(self, path: str, blob: Descriptor) -> None:
        """Give a complete file of this folder, which was verified, the name that it deserves."""
        target = self.path(blob.digest)
        _mark(path)
        if os.path.isdir(target) and not os.path.islink(target):
            shutil.rmtree(target)  # whoever made it: no blob is a folder
        os.replace(path, target)

    def sweep(self, keep: Callable[[], Iterable[str]]) -> int:
        """Remove every blob but these, and what killed processes left; gives the bytes.

        It waits for those who write, and asks what to keep only then.
        """
        blobs = os.path.join(self.folder, "blobs", "sha256")
        freed = 0
        with self.locked(fcntl.LOCK_EX):
            kept = {self.path(digest) for digest in keep()}
            for folder, unwanted in ((self.folder, _is_incoming), (blobs, lambda path: path not in kept)):
                for path in (os.path.join(folder, name) for name in os.listdir(folder)):
                    if unwanted(path):
                        freed += os.stat(path).st_size
                        os.unlink(path)
        return freed

    @contextmanager
    def locked(self, how: int = fcntl.LOCK_SH) -> Iterator[None]:
        """While it is held, nothing is swept. Those who write share it; the lock ends with the process."""
        with writing(self.folder):
            os.makedirs(os.path.join(self.folder, "blobs", "sha256"), exist_ok=True)
            descriptor = os.open(self.folder, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, how)
                yield
            finally:
                os.close(descriptor)

    @contextmanager
    def _file(self) -> Iterator[IO[bytes]]:
        with self.locked():
            file = tempfile.NamedTemporaryFile(dir=self.folder, prefix=INCOMING, delete=False)  # noqa: SIM115
            os.fchmod(file.fileno(), 0o444)  # what is open may still be written
            try:
                yield file
            finally:
                with contextlib.suppress(OSError):  # a full disk may complain once more
                    file.close()
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(file.name)

    def _share(self, path: str, blob: Descriptor) -> bool:
        """Have the same bytes without copying them: a clone, else a second name for the file."""
        with self._file() as file:
            if not _cloned(path, file):
                os.unlink(file.name)
                try:
                    os.link(path, file.name)
                except OSError:
                    return False  # another disk, or one without links
            self.adopt(file.name, blob)
            return True


def _verified(path: str, blob: Descriptor) -> bool:
    """A file of another time: changed since it was verified, or brought here by something that knows no such times."""
    verifier = Verifier(blob.digest, blob.size)
    try:
        with open(path, "rb") as file:
            while piece := file.read(PIECE):
                verifier.update(piece)
        verifier.finish()
    except (OSError, Mismatch):
        return False
    _mark(path)
    return True


def _mark(path: str) -> None:
    with contextlib.suppress(OSError):  # of somebody else: then it is read each time
        os.utime(path, ns=(_VERIFIED, _VERIFIED))


def _cloned(path: str, target: IO[bytes]) -> bool:
    if sys.platform != "linux":
        return False
    try:
        with open(path, "rb") as source:
            fcntl.ioctl(target.fileno(), _CLONE, source.fileno())
    except OSError:
        return False
    return True


def _is_incoming(path: str) -> bool:
    return os.path.basename(path).startswith(INCOMING)


@contextmanager
def writing(where: str) -> Iterator[None]:
    """Say what the disk refuses."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        free = f" ({shutil.disk_usage(where).free >> 20} MB are left)" if full and os.path.isdir(where) else ""
        hint = "make room, then do it again: nothing is broken" if full else "make the folder writable"
        raise OutsideError(f"cannot write: {error.strerror or error}{free}", where=where, hint=hint) from error
