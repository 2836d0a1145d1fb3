"""Turns one HTTP request into its answer: no second try, no redirect, no credentials of its own."""

import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit, urlunsplit

from bigflow._optional import need
from bigflow.errors import OutsideError, UsageError
from bigflow.storage.access import Patience, Trust
from bigflow.storage.store import Content, opened

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

CONNECTIONS = 32  # kept open: more than are used at once
_PIECE = 1 << 18
_OURS = {"User-Agent": "bigflow", "Accept-Encoding": "identity"}


class Cut(OutsideError):
    """The connection could not be made, or broke: another try may go better."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked. The body is bytes and files, sent one after the other, as often as it takes."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: tuple[Content, ...] = ()

    def with_headers(self, more: Mapping[str, str]) -> "Request":
        return Request(self.method, self.url, {**self.headers, **more}, self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, all of it. The names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class Transport:
    """Connections, kept open between requests; used from several threads."""

    def __init__(self, trust: Trust, patience: Patience) -> None:
        self._trust = trust
        self._patience = patience
        self._pools: dict[tuple[str, str], PoolManager] = {}
        self._lock = threading.Lock()

    def send(self, request: Request) -> Answer:
        """Ask once."""
        need("urllib3", "talking to a bucket")
        import urllib3

        parts = urlsplit(request.url)
        pace = self._pace(parts.netloc)
        body = _Body(request.body, pace) if request.body else None
        length = {"Content-Length": str(body.size)} if body else {}
        try:
            response = self._pool(parts.scheme, parts.hostname or "").urlopen(
                request.method,
                request.url,
                body=body,
                headers={**_OURS, **request.headers, **length},
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
                timeout=urllib3.Timeout(connect=self._patience.connect, read=self._patience.silence),
            )
            return _answer(response, pace)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise _failed(parts.netloc, error) from error
        finally:
            if body:
                body.close()

    def _pace(self, host: str) -> Callable[[int], None]:
        """A function that is told of each piece that went over the wire, and complains if they are too slow."""
        patience, began, seen = self._patience, self._patience.stopwatch(), 0

        def pace(size: int) -> None:
            nonlocal seen
            seen += size
            seconds = patience.stopwatch() - began
            if seconds > patience.silence + seen / patience.slowest:
                raise Cut(f"{host} moved {seen} bytes in {seconds:.0f} s, which is too slow", hint="see the network")

        return pace

    def _pool(self, scheme: str, host: str) -> "PoolManager":

        proxy = self._trust.proxies.of(scheme, host)
        way = (scheme, proxy)
        with self._lock:
            if way not in self._pools:
                self._pools[way] = self._made(scheme, proxy)
            return self._pools[way]

    def _made(self, scheme: str, proxy: str) -> "PoolManager":
        import urllib3

        how: dict[str, object] = {"maxsize": CONNECTIONS, "blocksize": _PIECE}
        if scheme == "https" or proxy.startswith("https"):
            how["ssl_context"] = _tls(self._trust)
        if proxy:
            return urllib3.ProxyManager(*_proxy(proxy), **how)  # type: ignore[arg-type]
        return urllib3.PoolManager(**how)  # type: ignore[arg-type]


class _Body:
    """The parts of a body as one file."""

    def __init__(self, parts: tuple[Content, ...], pace: Callable[[int], None]) -> None:
        self.size = sum(len(part) if isinstance(part, bytes) else part.stat().st_size for part in parts)
        self._waiting = iter(parts)
        self._open: BinaryIO = BytesIO()
        self._pace = pace

    def read(self, size: int = _PIECE) -> bytes:
        while not (piece := self._open.read(size)):
            self.close()
            part = next(self._waiting, None)
            if part is None:
                self._open = BytesIO()
                return b""
            self._open = opened(part)
        self._pace(len(piece))
        return piece

    def close(self) -> None:
        self._open.close()


def _answer(response: "BaseHTTPResponse", pace: Callable[[int], None]) -> Answer:
    pieces = []
    try:
        while piece := response.read1(_PIECE):
            pace(len(piece))
            pieces.append(piece)
    except BaseException:
        response.close()
        raise
    response.release_conn()
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status, headers, b"".join(pieces))


def _tls(trust: Trust) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if trust.ca_file:
        try:
            context.load_verify_locations(trust.ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise UsageError(
                f"the certificates cannot be read: {error.strerror or error}",
                where=trust.ca_file,
                hint="the file has certificates in PEM format: -----BEGIN CERTIFICATE-----",
            ) from None
    return context


def _proxy(address: str) -> tuple[str, int, None, dict[str, str]]:
    """A proxy's address without its password, and the header that says it: the arguments of ProxyManager."""
    import urllib3

    parts = urlsplit(address if "://" in address else f"http://{address}")
    if not parts.hostname or parts.scheme not in ("http", "https"):
        raise UsageError(f"{parts.scheme}://{parts.hostname or ''} cannot be a proxy", hint="such as http://proxy:3128")
    login = f"{parts.username}:{parts.password or ''}" if parts.username else ""
    headers = urllib3.make_headers(proxy_basic_auth=login) if login else {}
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], "", "", "")), 4, None, dict(headers)


def _failed(host: str, error: Exception) -> OutsideError:
    if "CERTIFICATE_VERIFY" in str(error):
        return OutsideError(
            f"the certificate of {host} is not trusted",
            hint="give the certificate authority that signed it (ca_file)",
        )
    return Cut(f"{host} cannot be reached: {_reason(error)}", hint="check the name, the network and the proxy")


def _reason(error: BaseException) -> str:
    """The innermost reason, without addresses."""
    import urllib3

    if isinstance(error, urllib3.exceptions.TimeoutError) and not isinstance(
        error, urllib3.exceptions.NewConnectionError
    ):
        return "it did not answer in time"
    text = str(error.args[-1] if error.args else error) or type(error).__name__
    return text.rpartition(": ")[2][:200].strip("()' ")
