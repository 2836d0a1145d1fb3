"""Turns a layer into the entries of its tar, one after the other, all of it verified when the last has come."""

import io
import tarfile
from collections.abc import Iterator
from typing import NamedTuple

from bigflow.containers.blobs import Source
from bigflow.containers.documents import Malformed
from bigflow.containers.image import Layer
from bigflow.containers.inflating import inflated
from bigflow.containers.tar_header import StrictEntry

_AT_ONCE = 1 << 18


class TarEntry(NamedTuple):
    """One entry. Its content can be read until the next one is asked for."""

    path: str  # from the root, without a slash at its beginning
    info: tarfile.TarInfo
    archive: tarfile.TarFile

    def content(self, limit: int) -> bytes:
        """The first bytes of a file."""
        file = self.archive.extractfile(self.info)
        return b"" if file is None else file.read(limit)


def entries_in(layer: Layer, source: Source) -> Iterator[TarEntry]:
    """All of them. An error comes where the tar, or what it is packed in, is damaged."""
    pieces = inflated(layer, source)
    try:
        with tarfile.open(
            fileobj=_Pieces(pieces), mode="r|", bufsize=_AT_ONCE, tarinfo=StrictEntry, errors="surrogateescape"
        ) as archive:
            while info := archive.next():
                archive.members.clear()  # type: ignore[attr-defined]  # it would remember them all
                parts = (part for part in info.name.split("/") if part not in ("", "."))
                yield TarEntry("/".join(parts), info, archive)
    except (tarfile.TarError, EOFError, ValueError, OverflowError, RecursionError) as error:
        raise Malformed(f"the layer {layer.blob.digest} is not a tar that can be read: {error}") from None
    for _ in pieces:
        pass


class _Pieces(io.RawIOBase):
    """What a streamed tar is read from: it takes pieces of any length."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, _size: int = -1, /) -> bytes:
        return next((piece for piece in self._pieces if piece), b"")
