"""Turns requests in the JSON API of Google Cloud Storage into answers: a stand-in that honours generations.

The emulator from PyPI takes preconditions and ignores them; the deploy lease stands on them. Google's own client
library tries this one in test/e2e/test_storage_emulators.py.
"""

import hashlib
import json
import re
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

_PATH = re.compile(r"(?P<upload>/upload|/download)?/storage/v1/b/(?P<bucket>[^/]+)(/o(/(?P<name>.+))?)?")


@dataclass(frozen=True, slots=True)
class Thing:
    """An object."""

    content: bytes
    generation: int
    resource: Mapping[str, object]


class Wrong(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.document = {
            "error": {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}
        }


@dataclass
class GoogleStorage:
    """Buckets, who may do what with them, and what was asked."""

    endpoint: str = ""
    buckets: dict[str, dict[str, Thing]] = field(default_factory=dict)
    tokens: set[str] | None = None  # those that are good; None: nobody is asked
    denied: set[str] = field(default_factory=set)  # permissions, such as storage.objects.create
    page: int = 1000
    requests: list[str] = field(default_factory=list)
    _generation: int = 1_700_000_000_000_000
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        with self._lock:
            self.requests.append(f"{method} {target}")
            try:
                self._admit(headers)
                return self._answer(method, target, headers, body)
            except Wrong as wrong:
                return wrong.status, {"Content-Type": "application/json"}, json.dumps(wrong.document).encode()

    def _admit(self, headers: Mapping[str, str]) -> None:
        shown = headers.get("Authorization", "")
        if self.tokens is not None and shown.removeprefix("Bearer ") not in self.tokens:
            raise Wrong(401, "authError", f"Invalid Credentials: {shown}")  # worse than the real one: it repeats them

    def _answer(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(target)
        path = _PATH.fullmatch(parts.path)
        if path is None:
            raise Wrong(404, "notFound", "Not Found")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        bucket = self.buckets.get(path["bucket"])
        if bucket is None:
            raise Wrong(404, "notFound", "The specified bucket does not exist.")
        name = unquote(path["name"] or "")
        if method == "POST" and path["upload"]:
            return _json(self._insert(bucket, query, headers, body))
        if method == "GET" and name:
            return self._get(bucket, name, query, path["upload"] == "/download")
        if method == "GET":
            return _json(self._list(bucket, query) if parts.path.endswith("/o") else {"name": path["bucket"]})
        if method == "DELETE" and name:
            return self._delete(bucket, name, query)
        raise Wrong(405, "methodNotAllowed", "Method Not Allowed")

    def _need(self, permission: str) -> None:
        if permission in self.denied:
            raise Wrong(403, "forbidden", f"deployer@x.iam.gserviceaccount.com does not have {permission} access.")

    def _list(self, bucket: dict[str, Thing], query: Mapping[str, str]) -> Mapping[str, object]:
        self._need("storage.objects.list")
        names = sorted(
            name
            for name in bucket
            if name.startswith(query.get("prefix", "")) and name.encode() > query.get("pageToken", "").encode()
        )
        size = min(self.page, int(query.get("maxResults", "1000")))
        page: dict[str, object] = {"kind": "storage#objects"}
        if names:
            page["items"] = [bucket[name].resource for name in names[:size]]
        if len(names) > size:
            page["nextPageToken"] = names[size - 1]
        return page

    def _get(
        self, bucket: dict[str, Thing], name: str, query: Mapping[str, str], download: bool
    ) -> tuple[int, dict[str, str], bytes]:
        self._need("storage.objects.get")
        thing = _existing(bucket, name)
        if query.get("alt") != "media" and not download:
            return _json(thing.resource)
        media_type = str(thing.resource.get("contentType", "application/octet-stream"))
        return 200, {"x-goog-generation": str(thing.generation), "Content-Type": media_type}, thing.content

    def _insert(
        self, bucket: dict[str, Thing], query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Mapping[str, object]:
        self._need("storage.objects.create")
        resource, content = _parts(headers["Content-Type"], body)
        name = str(resource.get("name") or query["name"])
        if name in bucket:
            self._need("storage.objects.delete")
        _match(bucket.get(name), query)
        md5 = b64encode(hashlib.md5(content).digest()).decode()
        if resource.get("md5Hash", md5) != md5:
            raise Wrong(
                400, "invalid", f"Provided MD5 hash {resource['md5Hash']} doesn't match calculated MD5 hash {md5}."
            )
        self._generation += 1
        made = {
            **resource,
            "kind": "storage#object",
            "name": name,
            "size": str(len(content)),
            "generation": str(self._generation),
            "metageneration": "1",
            "md5Hash": md5,
            "updated": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        bucket[name] = Thing(content, self._generation, made)
        return made

    def _delete(
        self, bucket: dict[str, Thing], name: str, query: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        self._need("storage.objects.delete")
        thing = _existing(bucket, name)
        _match(thing, query)
        del bucket[name]
        return 204, {}, b""


def _existing(bucket: dict[str, Thing], name: str) -> Thing:
    if name not in bucket:
        raise Wrong(404, "notFound", f"No such object: {name}")
    return bucket[name]


def _match(thing: Thing | None, query: Mapping[str, str]) -> None:
    wanted = query.get("ifGenerationMatch")
    if wanted is not None and int(wanted) != (thing.generation if thing else 0):
        raise Wrong(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")


def _parts(content_type: str, body: bytes) -> tuple[dict[str, object], bytes]:
    """The resource and the content of an upload in two parts."""
    found = re.search(r'boundary="?([^";]+)', content_type)
    if not content_type.startswith("multipart/related") or found is None:
        raise Wrong(400, "badContent", "Expected multipart/related")
    line = b"--" + found[1].encode()
    start, end = body.index(line), body.rindex(b"\r\n" + line + b"--")
    middle = body.index(b"\r\n" + line, start + 1)
    resource = body[start:middle].partition(b"\r\n\r\n")[2]
    content = body[middle + 2 : end].partition(b"\r\n\r\n")[2]
    document: dict[str, object] = json.loads(resource)
    return document, content


def _json(document: Mapping[str, object]) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": "application/json; charset=UTF-8"}, json.dumps(document).encode()


Answering = Callable[[str, str, Mapping[str, str], bytes], tuple[int, dict[str, str], bytes] | None]


@contextmanager
def served(answering: Answering) -> Iterator[str]:
    """The address on which a function answers requests. None, instead of an answer, cuts the connection."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # headers and body in one packet

        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            answer = answering(self.command, self.path, self.headers, body)  # type: ignore[arg-type]
            if answer is None:
                self.close_connection = True
                return
            status, headers, content = answer
            self.send_response_only(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)
            if int(headers.get("Content-Length", len(content))) > len(content) and self.command != "HEAD":
                self.close_connection = True  # half of it was promised only

        do_CONNECT = do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _handle  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that left: tests do that on purpose."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def google_storage(*buckets: str) -> Iterator[GoogleStorage]:
    """One that has these buckets, and nothing in them."""
    storage = GoogleStorage(buckets={bucket: {} for bucket in buckets})
    with served(storage.answer) as storage.endpoint:
        yield storage
