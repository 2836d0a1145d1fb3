"""Turns wherever blobs lie into one kind of place to read them from, and one kind of place to put them into."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from typing import Protocol, TypeAlias

from bigflow.containers.descriptor import BIGGEST_CONFIG, BIGGEST_DOCUMENT, Descriptor
from bigflow.containers.digest import Verifier
from bigflow.containers.documents import Malformed
from bigflow.errors import OutsideError

Moved: TypeAlias = Callable[[int], None]  # told how many bytes have just moved

PIECE = 1 << 18  # bytes that are moved at a time


class Absent(OutsideError):
    """The blob, or the image, is not there."""


class Stream(Protocol):
    """Bytes that come one after another; an empty piece is the end."""

    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


class Source(Protocol):
    """Blobs can be read from it. What it gives is not yet verified."""

    def has(self, blob: Descriptor) -> bool: ...

    def open(self, blob: Descriptor, start: int = 0) -> Stream: ...


class Sink(Protocol):
    """Blobs can be put into it. It verifies them. `whole`: a manifest that it has is there with all it speaks of."""

    @property
    def whole(self) -> bool: ...

    def has(self, blob: Descriptor) -> bool: ...

    def take(self, blob: Descriptor, source: Source, moved: Moved = ..., /) -> None: ...


@dataclass(frozen=True, slots=True)
class Held:
    """One blob that we have in hand, as a source."""

    blob: Descriptor
    data: bytes

    def has(self, blob: Descriptor) -> bool:
        return blob.digest == self.blob.digest

    def open(self, blob: Descriptor, start: int = 0) -> Stream:
        if not self.has(blob):
            raise Absent(f"the blob {blob.digest} is not at hand")
        return BytesIO(self.data[start:])


class FirstOf:
    """Several sources as one: each blob comes from the first that has it."""

    def __init__(self, *sources: Source) -> None:
        self._sources = sources

    def has(self, blob: Descriptor) -> bool:
        return any(source.has(blob) for source in self._sources)

    def open(self, blob: Descriptor, start: int = 0) -> Stream:
        for source in self._sources:
            if source.has(blob):
                return source.open(blob, start)
        raise Absent(f"the blob {blob.digest} is nowhere to be found")


def unheard(_count: int) -> None:
    """For those who do not want to know how many bytes have moved."""


def read_verified(blob: Descriptor, source: Source) -> bytes:
    """All of a small blob: a manifest, an index or a configuration."""
    limit = BIGGEST_DOCUMENT if blob.is_document else BIGGEST_CONFIG
    if blob.size > limit:
        raise Malformed(f"the document {blob.digest} has {blob.size} bytes, which is more than the {limit} allowed")
    verifier = Verifier(blob.digest, blob.size)
    pieces = []
    with closing(source.open(blob)) as stream:
        while piece := stream.read(PIECE):
            verifier.update(piece)
            pieces.append(piece)
    verifier.finish()
    return b"".join(pieces)
