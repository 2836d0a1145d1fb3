"""A small registry that speaks the real protocol, counts what it sees, and goes wrong on command."""

import hashlib
import json
import re
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit

Act: TypeAlias = Callable[["Conversation"], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """One request, as it came."""

    method: str
    path: str
    headers: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(slots=True)
class Flaw:
    """What goes wrong with requests of a kind, and how many times."""

    method: str
    path: str
    act: Act
    times: int


@dataclass(slots=True)
class FlawedRegistry:
    """What the registry has, wants, and has seen. Everything may be changed while it runs."""

    host: str = ""
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, tuple[str, bytes]] = field(default_factory=dict)  # by tag and by digest
    seen: list[Seen] = field(default_factory=list)
    received: int = 0  # bytes of bodies
    sent: int = 0
    ranges: bool = True
    login: tuple[str, str] | None = None  # user and password that are wanted
    identity: str = ""  # the identity token that is wanted instead
    bearer: bool = False  # they are wanted at the place for tokens, which the registry then wants
    realm: str = ""  # that place, if it is not here
    token_life: float = 60.0
    token_says: int | None = None  # seconds that a token is said to live, if that is not the truth
    tags_a_page: int = 1000
    flaws: list[Flaw] = field(default_factory=list)
    uploads: dict[str, bytearray] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)
    tokens: dict[str, float] = field(default_factory=dict)

    def fails(self, method: str, path: str, act: Act, times: int = 1) -> None:
        """The next requests of this method, whose path has this pattern in it, go wrong so."""
        self.flaws.append(Flaw(method, path, act, times))

    def add_manifest(self, kind: str, data: bytes, *tags: str) -> str:
        digest = digest_of(data)
        self.manifests |= dict.fromkeys((digest, *tags), (kind, data))
        return digest

    def add_blob(self, data: bytes) -> str:
        self.blobs[digest_of(data)] = data
        return digest_of(data)

    def asked(self, method: str = "", path: str = "") -> list[Seen]:
        """The requests that were such."""
        return [seen for seen in self.seen if seen.method.startswith(method) and re.search(path, seen.path)]

    def flaw_for(self, method: str, path: str) -> Act | None:
        for flaw in self.flaws:
            if flaw.times and flaw.method == method and re.search(flaw.path, path):
                flaw.times -= 1
                return flaw.act
        return None


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def status(code: int, body: bytes = b"", **headers: str) -> Act:
    """Answer with this status."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda conversation: conversation.answer(code, body, told)


def cut_answer(after: int) -> Act:
    """Answer as usual, and break the connection after so many bytes of the body."""

    def act(conversation: "Conversation") -> None:
        conversation.cut_after = after
        conversation.usual()

    return act


def cut_request(after: int) -> Act:
    """Take so many bytes of the body, keep them, and break the connection."""

    def act(conversation: "Conversation") -> None:
        conversation.take_part(after)

    return act


def cut(conversation: "Conversation") -> None:
    """Break the connection without an answer."""
    conversation.close_connection = True


def slowly(seconds: float, a_piece: int) -> Act:
    """Answer as usual, with a pause after each piece of the body."""

    def act(conversation: "Conversation") -> None:
        conversation.pause = seconds
        conversation.piece = a_piece
        conversation.usual()

    return act


class Conversation(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    registry: FlawedRegistry
    cut_after: int | None = None
    pause = 0.0
    piece = 1 << 16

    def handle_one_request(self) -> None:
        self.cut_after, self.pause = None, 0.0
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def _any(self) -> None:
        self.registry.seen.append(Seen(self.command, self.path, dict(self.headers)))
        flaw = self.registry.flaw_for(self.command, self.path)
        if flaw:
            flaw(self)
        else:
            self.usual()

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = _any  # noqa: N815

    def usual(self) -> None:
        """What a registry without flaws does."""
        path = urlsplit(self.path).path
        if path == "/token":
            return self._token()
        if not self._allowed():
            return None
        if path == "/v2/":
            return self.answer(200, b"{}")
        for pattern, act in _ROUTES:
            if found := re.fullmatch(pattern, path):
                return act(self, found[1])
        return self.answer(404, b'{"errors":[{"code":"NAME_UNKNOWN","message":"no such place"}]}')

    def answer(self, code: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self._drain()
        self.send_response_only(code)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        part = body if self.cut_after is None else body[: self.cut_after]
        for start in range(0, len(part), self.piece):
            self.wfile.write(part[start : start + self.piece])
            self.registry.sent += len(part[start : start + self.piece])
            if self.pause:
                self.wfile.flush()
                time.sleep(self.pause)
        if self.cut_after is not None:
            self.close_connection = True

    def take_part(self, count: int) -> None:
        upload = self.registry.uploads[urlsplit(self.path).path.rpartition("/")[2]]
        upload += self.rfile.read(count)
        self.registry.received += count
        self.close_connection = True

    def blob(self, digest: str) -> None:
        data = self.registry.blobs.get(digest)
        if data is None:
            return self.answer(404, b'{"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown to registry"}]}')
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(wanted[1]) if wanted and self.registry.ranges else 0
        told = {"Docker-Content-Digest": digest}
        if not start:
            return self.answer(200, data, told)
        if start >= len(data):
            return self.answer(416)
        return self.answer(206, data[start:], {**told, "Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"})

    def manifest(self, version: str) -> None:
        if self.command == "PUT":
            data = self._body()
            if version.startswith("sha256:") and version != digest_of(data):
                return self.answer(400, b'{"errors":[{"code":"DIGEST_INVALID","message":"digest did not match"}]}')
            digest = self.registry.add_manifest(self.headers["Content-Type"], data, version)
            return self.answer(201, headers={"Docker-Content-Digest": digest})
        if version not in self.registry.manifests:
            return self.answer(404, b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}')
        kind, data = self.registry.manifests[version]
        return self.answer(200, data, {"Content-Type": kind, "Docker-Content-Digest": digest_of(data)})

    def begin_upload(self, _name: str) -> None:
        query = parse_qs(urlsplit(self.path).query)
        if query.get("mount", [""])[0] in self.registry.blobs:
            return self.answer(201)
        name = str(next(self.registry.numbers))  # never that of another one, also when several begin at once
        self.registry.uploads[name] = bytearray()
        return self.answer(202, headers={"Location": f"{urlsplit(self.path).path}{name}"})

    def upload(self, name: str) -> None:
        if name not in self.registry.uploads:
            return self.answer(404)
        upload = self.registry.uploads[name]
        upload += self._body()
        told = {"Location": urlsplit(self.path).path, "Range": f"0-{max(0, len(upload) - 1)}"}
        if self.command != "PUT":
            return self.answer(204 if self.command == "GET" else 202, headers=told)
        digest = parse_qs(urlsplit(self.path).query)["digest"][0]
        if digest_of(bytes(upload)) != digest:
            return self.answer(400, b'{"errors":[{"code":"DIGEST_INVALID","message":"digest did not match"}]}')
        self.registry.blobs[digest] = bytes(self.registry.uploads.pop(name))
        return self.answer(201, headers={"Docker-Content-Digest": digest})

    def tags(self, name: str) -> None:
        names = sorted(version for version in self.registry.manifests if ":" not in version)
        query = parse_qs(urlsplit(self.path).query)
        last = query.get("last", [""])[0]
        page = [tag for tag in names if tag > last][: self.registry.tags_a_page]
        more = page and page[-1] != names[-1]
        link = {"Link": f'</v2/{name}/tags/list?last={page[-1]}>; rel="next"'} if more else {}
        self.answer(200, json.dumps({"name": name, "tags": page}).encode(), link)

    def _allowed(self) -> bool:
        registry = self.registry
        if not registry.login and not registry.identity:
            return True
        kind, _, secret = self.headers.get("Authorization", "").partition(" ")
        if registry.bearer:
            if kind == "Bearer" and registry.tokens.get(secret, 0.0) > time.monotonic():
                return True
            realm = registry.realm or f"http://{registry.host}/token"
            demand = f'Bearer realm="{realm}",service="flawed",scope="repository:as/it/says:pull"'
        else:
            if kind == "Basic" and secret == self._expected():
                return True
            demand = 'Basic realm="flawed"'
        self.answer(401, b'{"errors":[{"message":"authentication required"}]}', {"WWW-Authenticate": demand})
        return False

    def _token(self) -> None:
        body = self._body().decode()
        if self.registry.identity:
            allowed = parse_qs(body).get("refresh_token") == [self.registry.identity]
        else:
            allowed = self.headers.get("Authorization", "") == f"Basic {self._expected()}"
        if not allowed:
            return self.answer(401, b'{"details":"wrong user or password"}')
        token = f"token-{len(self.registry.tokens)}"
        life = self.registry.token_life
        self.registry.tokens[token] = time.monotonic() + life
        says = int(life) if self.registry.token_says is None else self.registry.token_says
        return self.answer(200, json.dumps({"token": token, "expires_in": says}).encode())

    def _expected(self) -> str:
        user, password = self.registry.login or ("", "")
        return b64encode(f"{user}:{password}".encode()).decode()

    _taken = False

    def _body(self) -> bytes:
        self._taken = True
        data = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.registry.received += len(data)
        return data

    def _drain(self) -> None:
        """An answer before the end of a request would break the connection."""
        if not self._taken:
            self._body()
        self._taken = False

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: tests look at what was seen."""


_ROUTES: tuple[tuple[str, Callable[[Conversation, str], None]], ...] = (
    (r"/v2/.+/blobs/(sha256:[0-9a-f]+)", Conversation.blob),
    (r"/v2/.+/manifests/([^/]+)", Conversation.manifest),
    (r"/v2/(.+)/blobs/uploads/", Conversation.begin_upload),
    (r"/v2/.+/blobs/uploads/([^/]+)", Conversation.upload),
    (r"/v2/(.+)/tags/list", Conversation.tags),
)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Connections that break are what this is for."""


@contextmanager
def flawed_registry() -> Iterator[FlawedRegistry]:
    """Such a registry on a free port of this machine; gone afterwards."""
    registry = FlawedRegistry()
    handler = type("Handler", (Conversation,), {"registry": registry})
    server = _Server(("127.0.0.1", 0), handler)
    registry.host = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
