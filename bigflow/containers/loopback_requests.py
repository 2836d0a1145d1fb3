"""Turns an engine's requests in the registry protocol into blobs put into a store, or read from one."""

import hmac
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from typing import Protocol, TypeAlias, cast
from urllib.parse import parse_qs, urlsplit

from bigflow.containers.blobs import PIECE, Held
from bigflow.containers.descriptor import BIGGEST_DOCUMENT, descriptor_of
from bigflow.containers.digest import checked_digest
from bigflow.containers.documents import parsed
from bigflow.containers.loopback_shelf import OCTETS, Refused, Shelf, Upload
from bigflow.containers.store import writing
from bigflow.errors import BigflowError, UsageError


class Shelved(Protocol):
    """The server that our requests come through."""

    @property
    def shelf(self) -> Shelf: ...


class Requests(BaseHTTPRequestHandler):
    """One connection of an engine."""

    protocol_version = "HTTP/1.1"
    timeout = 120

    def log_message(self, format: str, *arguments: object) -> None:
        """What matters of it, the engine's program says."""

    @property
    def shelf(self) -> Shelf:
        return cast("Shelved", self.server).shelf

    def answer(self) -> None:
        """One request. What is left of its body is read, else it would be taken for the next request."""
        self._body = self._pieces()
        try:
            self._route()
        except Refused as refusal:
            self._refuse(refusal)
        except BigflowError as failure:
            self.shelf.failure = failure
            self._refuse(Refused(403, "DENIED", failure.message))  # of all answers, the one that is not tried again

    def __getattr__(self, name: str) -> Callable[[], None]:
        """The class above looks for a `do_GET`, and so on: all methods come by the same door."""
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def _route(self) -> None:
        place = urlsplit(self.path)
        if place.path == "/v2/":
            return self._send(200)
        name, _, rest = place.path.removeprefix("/v2/").rpartition("/")
        name, _, kind = name.rpartition("/")
        if kind == "uploads":
            name, kind = name.removesuffix("/blobs"), "uploads"
        if not hmac.compare_digest(name.encode(), self.shelf.name.encode()):
            raise Refused(404, "NAME_UNKNOWN")
        self.shelf.reached = True
        told = {key: values[0] for key, values in parse_qs(place.query).items()}
        answer = _ROUTES.get((self.command, kind))
        if answer is None:
            raise Refused(405, "UNSUPPORTED")
        return answer(self, rest, told)

    def blob(self, digest: str, _: Mapping[str, str]) -> None:
        found = self.shelf.find(_digest(digest))
        if found is None:
            raise Refused(404, "BLOB_UNKNOWN")
        self._head(200, {"Content-Type": OCTETS, "Docker-Content-Digest": digest}, found.size)
        if self.command == "GET":
            source = self.shelf.store if self.shelf.store.has(found) else self.shelf.source
            with closing(source.open(found)) as stream:
                while piece := stream.read(PIECE):
                    self.wfile.write(piece)

    def begin_upload(self, _: str, told: Mapping[str, str]) -> None:
        """A new upload, which may end with the request that begins it; or none, because we have the blob."""
        if "mount" in told and self.shelf.find(_digest(told["mount"])):
            return self._created("blobs", told["mount"])
        upload = Upload(self.shelf.store)
        if "digest" in told:
            return self._finish(upload, told["digest"])
        name = uuid.uuid4().hex
        with self.shelf.lock:
            self.shelf.uploads[name] = upload
        return self._progress(202, name, upload)

    def continue_upload(self, name: str, _: Mapping[str, str]) -> None:
        upload = self._upload(name)
        begins = self.headers.get("Content-Range", "").partition("-")[0].removeprefix("bytes ")
        if begins and begins != str(upload.size):
            raise Refused(416, "BLOB_UPLOAD_INVALID", f"the next byte is number {upload.size}")
        self._receive(upload)
        self._progress(202, name, upload)

    def end_upload(self, name: str, told: Mapping[str, str]) -> None:
        upload = self._upload(name)
        with self.shelf.lock:
            del self.shelf.uploads[name]
        self._finish(upload, told.get("digest", ""))

    def tell_upload(self, name: str, _: Mapping[str, str]) -> None:
        self._progress(204, name, self._upload(name))

    def cancel_upload(self, name: str, _: Mapping[str, str]) -> None:
        self._upload(name).drop()
        with self.shelf.lock:
            del self.shelf.uploads[name]
        self._send(204)

    def manifest(self, name: str, _: Mapping[str, str]) -> None:
        root = self.shelf.tags.get(name)
        held = self.shelf.documents.get(root.digest if root else name)
        if held is None:
            raise Refused(404, "MANIFEST_UNKNOWN")
        told = {"Content-Type": held.blob.media_type, "Docker-Content-Digest": held.blob.digest}
        self._head(200, told, held.blob.size)
        if self.command == "GET":
            self.wfile.write(held.data)

    def put_manifest(self, name: str, _: Mapping[str, str]) -> None:
        """A manifest is taken when all that it speaks of is here."""
        data = self._document()
        media_type = self.headers.get("Content-Type", "")
        blob = descriptor_of(media_type, data)
        if not blob.is_document:
            raise Refused(400, "MANIFEST_INVALID", f"{media_type!r} is not taken")
        if name.startswith("sha256:") and name != blob.digest:
            raise Refused(400, "DIGEST_INVALID", f"the content is {blob.digest}")
        held = Held(blob, data)
        try:
            parsed(data, "the manifest")
            absent = self.shelf.missing(held)
        except BigflowError as error:
            raise Refused(400, "MANIFEST_INVALID", error.message) from None
        if absent:
            raise Refused(400, "MANIFEST_BLOB_UNKNOWN", absent[0])
        with writing(self.shelf.store.folder):
            self.shelf.store.add(media_type, data)
        with self.shelf.lock:
            self.shelf.documents[blob.digest] = held
            self.shelf.tags[name] = blob
        self._created("manifests", blob.digest)

    def _document(self) -> bytes:
        data = b""
        for piece in self._body:
            data += piece
            if len(data) > BIGGEST_DOCUMENT:
                raise Refused(413, "MANIFEST_INVALID", f"it has more than {BIGGEST_DOCUMENT} bytes")
        return data

    def _upload(self, name: str) -> Upload:
        upload = self.shelf.uploads.get(name)
        if upload is None:
            raise Refused(404, "BLOB_UPLOAD_UNKNOWN")
        return upload

    def _receive(self, upload: Upload) -> None:
        for piece in self._body:
            upload.write(piece)
            with self.shelf.lock:
                self.shelf.received += len(piece)

    def _finish(self, upload: Upload, digest: str) -> None:
        try:
            wanted = _digest(digest)
            self._receive(upload)
            upload.keep(wanted)
        finally:
            upload.drop()
        self._created("blobs", wanted)

    def _pieces(self) -> Iterator[bytes]:
        """The body, in one length or in chunks."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline(100).partition(b";")[0], 16):
                yield from self._exactly(size)
                self.rfile.readline(10)
            self.rfile.readline(10)
        else:
            yield from self._exactly(int(self.headers.get("Content-Length") or 0))

    def _exactly(self, size: int) -> Iterator[bytes]:
        while size:
            piece = self.rfile.read(min(size, PIECE))
            if not piece:
                raise ConnectionError("the request broke off")
            size -= len(piece)
            yield piece

    def _progress(self, status: int, name: str, upload: Upload) -> None:
        place = f"/v2/{self.shelf.name}/blobs/uploads/{name}"
        told = {"Location": place, "Range": f"0-{max(upload.size - 1, 0)}", "Docker-Upload-UUID": name}
        self._send(status, told)

    def _created(self, kind: str, digest: str) -> None:
        self._send(201, {"Location": f"/v2/{self.shelf.name}/{kind}/{digest}", "Docker-Content-Digest": digest})

    def _refuse(self, refusal: Refused) -> None:
        error = {"code": refusal.code, "message": refusal.message or refusal.code.replace("_", " ").lower()}
        data = json.dumps({"errors": [error]}).encode()
        self._head(refusal.status, {"Content-Type": "application/json"}, len(data))
        if self.command != "HEAD":
            self.wfile.write(data)

    def _send(self, status: int, told: Mapping[str, str] | None = None) -> None:
        self._head(status, told or {}, 0)

    def _head(self, status: int, told: Mapping[str, str], length: int) -> None:
        for _ in self._body:
            pass
        self.send_response(status)
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        for name, value in told.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(length))
        self.end_headers()


def _digest(text: str) -> str:
    try:
        return checked_digest(text)
    except UsageError as error:
        raise Refused(400, "DIGEST_INVALID", error.message) from None


_Answer: TypeAlias = Callable[[Requests, str, Mapping[str, str]], None]
_ROUTES: Mapping[tuple[str, str], _Answer] = {
    ("GET", "blobs"): Requests.blob,
    ("HEAD", "blobs"): Requests.blob,
    ("GET", "manifests"): Requests.manifest,
    ("HEAD", "manifests"): Requests.manifest,
    ("PUT", "manifests"): Requests.put_manifest,
    ("POST", "uploads"): Requests.begin_upload,
    ("GET", "uploads"): Requests.tell_upload,
    ("PATCH", "uploads"): Requests.continue_upload,
    ("PUT", "uploads"): Requests.end_upload,
    ("DELETE", "uploads"): Requests.cancel_upload,
}
