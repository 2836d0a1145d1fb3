"""Turns what a registry on loopback is given, piece by piece, into blobs and documents that can be asked for."""

import os
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field

from bigflow.containers.blobs import Held, Source
from bigflow.containers.copying import children
from bigflow.containers.descriptor import Descriptor
from bigflow.containers.store import Incoming, Store, writing
from bigflow.errors import BigflowError

OCTETS = "application/octet-stream"


class Refused(Exception):
    """The request cannot be answered as it wants; the words are those of the protocol."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class Upload:
    """A blob that is being sent, in one request or in several."""

    def __init__(self, store: Store) -> None:
        self._stack = ExitStack()
        self._incoming: Incoming = self._stack.enter_context(store.incoming())
        self._store = store
        self.size = 0

    def write(self, piece: bytes) -> None:
        with writing(self._store.folder):
            self._incoming.write(piece)
        self.size += len(piece)

    def keep(self, digest: str) -> Descriptor:
        """It is complete. Under the name that it claims it is known only if that is its digest."""
        with self._stack, writing(self._store.folder):
            blob = self._incoming.keep(OCTETS)
        if blob.digest != digest:
            raise Refused(400, "DIGEST_INVALID", f"the content is {blob.digest}")
        return blob

    def drop(self) -> None:
        self._stack.close()


@dataclass
class Shelf:
    """What the registry has, and what has become of it. Several requests are answered at a time."""

    name: str
    store: Store
    source: Source
    documents: dict[str, Held] = field(default_factory=dict)
    tags: dict[str, Descriptor] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    reached: bool = False
    received: int = 0
    failure: BigflowError | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, digest: str) -> Descriptor | None:
        """A blob that can be sent, or need not be."""
        size = self._size(digest)
        if size:
            return Descriptor(OCTETS, digest, size)
        wanted = [blob for held in self.documents.values() for blob in children(held) if blob.digest == digest]
        return next((blob for blob in wanted if self.source.has(blob)), None)

    def missing(self, held: Held) -> tuple[str, ...]:
        """Nothing, if all that a document speaks of is here; else what is missing."""
        return tuple(child.digest for child in children(held) if not self._has(child))

    def _has(self, child: Descriptor) -> bool:
        if child.is_document:
            return child.digest in self.documents
        return self.store.has(child) or self.source.has(child)

    def _size(self, digest: str) -> int:
        """0 for what is not here, or damaged."""
        try:
            size = os.stat(self.store.path(digest)).st_size
        except OSError:
            return 0
        return size if self.store.has(Descriptor(OCTETS, digest, size)) else 0

    def drop_uploads(self) -> None:
        """Those that nobody ended."""
        for upload in self.uploads.values():
            upload.drop()
