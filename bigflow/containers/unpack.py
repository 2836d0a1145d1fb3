"""Turns the layers of an image into a root file system in a folder, out of which no entry can reach."""

import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bigflow.containers.blobs import Source
from bigflow.containers.documents import Malformed
from bigflow.containers.image import Image, Layer
from bigflow.containers.inflating import inflated
from bigflow.containers.store import INCOMING, writing
from bigflow.containers.tar_header import StrictEntry
from bigflow.containers.unpacking import Unpacking
from bigflow.errors import UsageError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_AT_ONCE = 1 << 18


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A root file system. Devices below /dev are left out: every container gets its own."""

    folder: str
    left_out: tuple[str, ...]


def unpack(image: Image, source: Source, folder: str, *, owners: bool | None = None) -> Unpacked:
    """Make the folder, all of it or none. Owners are set by root only, unless it is said (`owners`).

    As root it may hold programs that are allowed more than their users: keep it where others do not come.
    """
    if os.path.lexists(folder):
        raise UsageError("the folder for the root file system exists already", where=folder, hint=f"rm -r {folder}")
    parent = os.path.dirname(folder) or "."
    with writing(parent):
        os.makedirs(parent, exist_ok=True)
        scratch = tempfile.mkdtemp(dir=parent, prefix=INCOMING)
    try:
        root = os.path.join(scratch, "root")
        os.mkdir(root, 0o755)
        left_out = [path for layer in image.layers for path in apply(layer, source, root, owners=owners)]
        with writing(parent):
            os.rename(root, folder)
        return Unpacked(folder, tuple(left_out))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def apply(layer: Layer, source: Source, root: str, *, owners: bool | None = None) -> tuple[str, ...]:
    """Lay one more layer upon a root file system; gives the devices that are left out.

    Files are replaced, never written into: what else has them, by another name, keeps them.
    """
    unpacking = Unpacking(root, os.geteuid() == 0 if owners is None else owners)
    _apply(inflated(layer, source), unpacking, layer.blob.digest)
    return tuple(unpacking.left_out)


def add(layer: Layer, source: Source, folder: str, below: tuple[str, ...]) -> None:
    """Make a folder of what a layer adds, which is to lie upon others, the highest first.

    NoAddition, with the folder half made, where the layer does more than to add.
    """
    os.mkdir(folder)
    os.chmod(folder, 0o755)
    unpacking = Unpacking(folder, os.geteuid() == 0, below)
    _apply(inflated(layer, source), unpacking, layer.blob.digest)


def _apply(pieces: Iterator[bytes], unpacking: Unpacking, what: str) -> None:
    """One layer over those below. All of it is read, because only the end tells whether it is what it should be."""
    try:
        with tarfile.open(
            fileobj=io.BufferedReader(_Pieces(pieces), _AT_ONCE),
            mode="r|",
            bufsize=_AT_ONCE,
            tarinfo=StrictEntry,
            encoding="utf-8",
            errors="surrogateescape",
        ) as archive:
            while entry := archive.next():
                unpacking.take(entry, archive)
                archive.members.clear()  # type: ignore[attr-defined]  # it would remember them all
    except (tarfile.TarError, EOFError, ValueError, OverflowError, RecursionError) as error:
        raise Malformed(f"the layer {what} is not a tar that can be read: {error}") from None
    unpacking.finish()
    for _ in pieces:
        pass


class _Pieces(io.RawIOBase):
    """Pieces as a file that can be read from its beginning to its end."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        target = memoryview(buffer)
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
