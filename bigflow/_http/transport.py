"""Turns one HTTP request into its answer: no second try, no redirect, no credentials of its own."""

import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from bigflow._http.connections import PIECE, pool
from bigflow._http.network import Trust
from bigflow._http.patience import Cut, Pace, Patience
from bigflow.errors import OutsideError

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

_OURS = {"User-Agent": "bigflow", "Accept-Encoding": "identity"}
_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST")  # of OpenSSLs


class NoTls(Cut):
    """Somebody is there, and does not speak TLS."""


class Readable(Protocol):
    """A body that is read while it is sent."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked. A body that is read while it is sent needs its length among the headers."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | Readable | None = None


class Answer:
    """Status, headers, and a body that comes piece by piece."""

    def __init__(self, response: "BaseHTTPResponse", url: str, patience: Patience) -> None:
        self._response = response
        self._pace = Pace(_host(url), patience)
        self.url = url
        self.status = response.status

    @property
    def headers(self) -> Mapping[str, str]:
        """Their names in small letters."""
        return {name.lower(): value for name, value in self._response.headers.items()}

    def header(self, name: str) -> str:
        return self._response.headers.get(name, "")

    def read(self, size: int) -> bytes:
        """What has come, at most `size` bytes; nothing at the end."""
        import urllib3

        try:
            piece = self._response.read1(size)
            self._pace.moved(len(piece))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            self.close()
            raise Cut(f"the connection to {_host(self.url)} broke: {_reason(error)}", hint="see the network") from error
        except Cut:
            self.close()
            raise
        return piece

    def read_all(self, limit: int | None = None) -> bytes:
        """The whole body, which has no more bytes than that."""
        pieces, seen = [], 0
        while piece := self.read(PIECE):
            pieces.append(piece)
            seen += len(piece)
            if limit is not None and seen > limit:
                self.close()
                raise OutsideError(f"{_host(self.url)} sent more than the {limit} bytes that such an answer may have")
        self._response.release_conn()
        return b"".join(pieces)

    def close(self) -> None:
        """Give up what has not been read: the connection is not used again."""
        self._response.close()

    def drop(self) -> None:
        """The body does not matter: read it if it is short, so that the connection can be used again."""
        try:
            self.read_all(PIECE)
        except OutsideError:
            self.close()


class Transport:
    """Connections, kept open between requests; used from several threads."""

    def __init__(self, trust: Trust, patience: Patience) -> None:
        self._trust = trust
        self._patience = patience
        self._pools: dict[tuple[str, str], PoolManager] = {}
        self._lock = threading.Lock()

    def send(self, request: Request) -> Answer:
        """Ask once."""
        connections = self._connections(request.url)
        import urllib3

        body = request.body
        try:
            response = connections.urlopen(
                request.method,
                request.url,
                body=body if body is None or isinstance(body, bytes) else _Paced(body, request.url, self._patience),
                headers={**_OURS, **request.headers},
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
                timeout=urllib3.Timeout(connect=self._patience.connect, read=self._patience.silence),
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise _failed(_host(request.url), error) from error
        return Answer(response, request.url, self._patience)

    def _connections(self, url: str) -> "PoolManager":
        parts = urlsplit(url)
        way = (parts.scheme, self._trust.proxies.of(parts.scheme, parts.hostname or ""))
        with self._lock:
            if way not in self._pools:
                self._pools[way] = pool(*way, self._trust)
            return self._pools[way]


class _Paced:
    """A body that may not go too slowly."""

    def __init__(self, body: Readable, url: str, patience: Patience) -> None:
        self._body = body
        self._pace = Pace(_host(url), patience)

    def read(self, size: int = PIECE, /) -> bytes:
        piece = self._body.read(size)
        self._pace.moved(len(piece))
        return piece


def _failed(host: str, error: Exception) -> OutsideError:
    if isinstance(error.__cause__ or error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY" in str(error):
        return OutsideError(
            f"the certificate of {host} is not trusted: {_reason(error)}",
            hint="give the certificate authority that signed it (ca_file)",
        )
    kind = NoTls if _speaks_no_tls(error) else Cut
    return kind(f"{host} cannot be reached: {_reason(error)}", hint="check the name, the network and the proxy")


def _speaks_no_tls(error: Exception) -> bool:
    """Bytes came that are no TLS. An end without a byte, or an alert, is something else."""
    inner = error.args[0] if error.args else error
    return isinstance(inner, ssl.SSLError) and str(inner.reason).upper().replace(" ", "_") in _NO_TLS


def _host(url: str) -> str:
    """Only the host: the rest of an address may carry a signature."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _reason(error: BaseException) -> str:
    """The innermost reason, without addresses."""
    import urllib3

    refused = isinstance(error, urllib3.exceptions.NewConnectionError)  # in some versions a TimeoutError, too
    if isinstance(error, urllib3.exceptions.TimeoutError) and not refused:
        return "it did not answer in time"
    text = str(error.args[-1] if error.args else error) or type(error).__name__
    return text.rpartition(": ")[2][:200].strip("()' ")
