"""Turns a store of blobs into a registry on loopback, by which an engine gives us its image, or gets ours."""

import contextlib
import json
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import ThreadingHTTPServer

from bigflow.containers.blobs import Source
from bigflow.containers.copying import Graph
from bigflow.containers.descriptor import Descriptor
from bigflow.containers.loopback_requests import Requests
from bigflow.containers.loopback_shelf import Shelf
from bigflow.containers.reference import Reference
from bigflow.containers.store import Store
from bigflow.errors import BigflowError, OutsideError

_HOST = "127.0.0.1"
_NAME = "image"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the registry is found, by those who are told: nobody guesses the path."""

    port: int
    path: str


class Loopback:
    """The registry while it is there."""

    def __init__(self, shelf: Shelf, address: Address) -> None:
        self._shelf = shelf
        self._address = address

    def reference(self, tag: str) -> Reference:
        """What an engine calls an image in here."""
        return Reference(f"{_HOST}:{self._address.port}", f"{self._address.path}/{_NAME}", tag)

    def offer(self, tag: str, root: Descriptor) -> Reference:
        """Let an engine pull this image, whose blobs our source has."""
        for held in Graph.read(root, self._shelf.source).documents:
            self._shelf.documents[held.blob.digest] = held
        self._shelf.tags[tag] = root
        return self.reference(tag)

    def pushed(self, tag: str) -> Descriptor | None:
        """The image that was pushed under this tag."""
        return self._shelf.tags.get(tag)

    @property
    def reached(self) -> bool:
        """Whether the engine has found its way here. One in a virtual machine, or in a network of its own, does not."""
        return self._shelf.reached

    @property
    def received(self) -> int:
        """The bytes of layers and configurations that have come."""
        return self._shelf.received

    @property
    def failure(self) -> BigflowError | None:
        """What went wrong on our side: the engine was told no more than that."""
        return self._shelf.failure


@contextmanager
def serving(store: Store, source: Source, memory: str) -> Iterator[Loopback]:
    """A registry for as long as this lasts. What is pushed lands in the store; what is pulled comes from the source.

    Engines remember by host and path what a registry has, and do not send it again. So `memory` is a file that keeps
    both from one build to the next. While another build is at that port, this one has a port of its own.
    """
    address = _remembered(memory)
    shelf = Shelf(f"{address.path}/{_NAME}", store, source)
    with _bound(address.port, shelf) as server:
        now_at = Address(server.server_address[1], address.path)
        if not address.port:
            _remember(memory, now_at)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield Loopback(shelf, now_at)
        finally:
            server.shutdown()
            thread.join()
            shelf.drop_uploads()


def _bound(port: int, shelf: Shelf) -> "_Server":
    try:
        return _Server((_HOST, port), shelf)
    except OSError:
        return _Server((_HOST, 0), shelf)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # an engine may keep an idle connection open

    def __init__(self, place: tuple[str, int], shelf: Shelf) -> None:
        self.shelf = shelf
        super().__init__(place, Requests)

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that broke off: the engine tells what it makes of it."""


def _remembered(memory: str) -> Address:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError), open(memory, encoding="ascii") as file:
        told = json.load(file)
        port, path = int(told["port"]), str(told["path"])
        if 1024 <= port < 1 << 16 and path.isalnum() and path == path.lower():
            return Address(port, path)
    return Address(0, secrets.token_hex(16))


def _remember(memory: str, address: Address) -> None:
    """For nobody else to read."""
    half = f"{memory}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(memory), exist_ok=True)
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="ascii") as file:
            json.dump({"port": address.port, "path": address.path}, file)
        os.replace(half, memory)
    except OSError as error:
        raise OutsideError(f"cannot write {memory}: {error.strerror}", hint="make the folder writable") from error
