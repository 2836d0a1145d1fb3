"""What a store is: the protocol that folders and buckets satisfy, its values, and its errors."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Protocol, TypeAlias

from bigflow.errors import OutsideError, UsageError

Content: TypeAlias = bytes | Path  # a path is a file, which is sent piece by piece

PIECE = 1 << 20  # bytes of a file that are in memory at once
ABSENT = ""  # the version of what is not there


@dataclass(frozen=True, slots=True)
class Stored:
    """What a store tells of an object without being asked for its content."""

    name: str  # within the place of the store
    size: int
    version: str  # opaque; another one whenever the content is another one
    md5: str  # in hex; empty where the store does not know it
    modified: datetime  # by the clock of the store

    def holds(self, content: bytes) -> bool:
        """Whether this is certainly the content. A store that has no MD5 of it, or shows another hash, gives False."""
        return self.size == len(content) and self.md5 == md5_of(content).hex()


@dataclass(frozen=True, slots=True)
class Found:
    """The content of an object, and its version."""

    content: bytes
    version: str


class Store(Protocol):
    """Objects below one place; used from several threads.

    `expecting` makes a change conditional: it happens only if the object has this version (ABSENT: is not there), else
    it is a Conflict. Whoever reads meanwhile sees the old content or the new one, never half.
    """

    @property
    def url(self) -> str: ...

    def listing(self, folder: str = "") -> Iterator[Stored]:
        """All objects in a folder and below, by name; asked for page by page while they are taken."""
        ...

    def stat(self, name: str) -> Stored | None:
        """What is there, if anything."""
        ...

    def read(self, name: str) -> Found:
        """The content; Absent if there is none."""
        ...

    def write(self, name: str, content: Content, *, expecting: str | None = None, media_type: str = "") -> str:
        """Put content there; gives its version. Folders do without the media type."""
        ...

    def delete(self, name: str, *, expecting: str | None = None) -> None:
        """Take it away. What is not there already is fine, unless a version is expected."""
        ...


class Absent(OutsideError):
    """There is no such object."""

    def __init__(self, url: str) -> None:
        super().__init__(f"there is no {url}")


class NoBucket(OutsideError):
    """There is no such bucket."""


class Refused(OutsideError):
    """We may not do that: permissions, or credentials that are not accepted."""


class Conflict(OutsideError):
    """Something else is there than was expected. `there` is what it is; None if nothing is, or if it cannot be told."""

    def __init__(self, url: str, expected: str, there: Stored | None) -> None:
        was = "there was nothing yet" if expected == ABSENT else f"it had version {expected}"
        now = f"version {there.version} of {there.modified:%Y-%m-%d %H:%M:%S} is there" if there else "it is gone"
        super().__init__(f"{url} was changed by somebody else: {was}, and now {now}", hint="look at it, and try again")
        self.expected = expected
        self.there = there


def opened(content: Content) -> BinaryIO:
    """The content, to be read piece by piece."""
    if isinstance(content, bytes):
        return BytesIO(content)
    try:
        return content.open("rb")
    except OSError as error:
        raise UsageError(f"cannot read {content}: {error.strerror}", hint="build it again: bigflow build") from error


def md5_of(content: Content) -> bytes:
    """The hash that stores show in their listings."""
    with opened(content) as file:
        digest = hashlib.md5(usedforsecurity=False)
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.digest()
