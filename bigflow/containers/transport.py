"""Turns one HTTP request into its answer: no retries, no redirects, no credentials of its own."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit, urlunsplit

from bigflow._optional import need
from bigflow.containers.blobs import PIECE
from bigflow.containers.documents import Malformed
from bigflow.containers.reference import is_loopback
from bigflow.containers.trust import Patience, Trust
from bigflow.errors import OutsideError, UsageError

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

_PROTOCOL = {"User-Agent": "bigflow", "Accept-Encoding": "identity"}


class Cut(OutsideError):
    """The connection could not be made, or broke: another try may go better."""


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
        self._patience = patience
        self._began = patience.stopwatch()
        self._seen = 0
        self.url = url
        self.status = response.status

    def header(self, name: str) -> str:
        return self._response.headers.get(name, "")

    def read(self, size: int) -> bytes:
        """What has come, at most `size` bytes; nothing at the end."""
        import urllib3

        try:
            piece = self._response.read1(size)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            self.close()
            raise Cut(f"the connection to {_host(self.url)} broke: {_reason(error)}") from error
        self._seen += len(piece)
        seconds = self._patience.stopwatch() - self._began
        if seconds > self._patience.silence + self._seen / self._patience.slowest:
            self.close()
            raise Cut(f"{_host(self.url)} sent {self._seen} bytes in {seconds:.0f} s, which is too slow")
        return piece

    def read_all(self, limit: int) -> bytes:
        """The whole body, which is a small one."""
        pieces, seen = [], 0
        while piece := self.read(PIECE):
            pieces.append(piece)
            seen += len(piece)
            if seen > limit:
                self.close()
                raise Malformed(f"{_host(self.url)} sent more than the {limit} bytes that such an answer may have")
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
        self._pools: dict[str, PoolManager] = {}
        self._context = _tls(trust)

    def send(self, request: Request) -> Answer:
        """Ask once."""
        import urllib3

        parts = urlsplit(request.url)
        try:
            response = self._pool(parts.scheme, parts.hostname or "").urlopen(
                request.method,
                request.url,
                body=request.body,
                headers={**_PROTOCOL, **request.headers},
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
                timeout=urllib3.Timeout(connect=self._patience.connect, read=self._patience.silence),
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise self._failed(request, error) from error
        return Answer(response, request.url, self._patience)

    def _pool(self, scheme: str, host: str) -> "PoolManager":
        import urllib3

        proxy = "" if is_loopback(host) else self._trust.proxies.of(scheme, host)
        if proxy not in self._pools:
            how = {"ssl_context": self._context, "maxsize": 16, "blocksize": PIECE}
            if proxy:
                self._pools[proxy] = urllib3.ProxyManager(*_proxy(proxy), **how)  # type: ignore[arg-type]
            else:
                self._pools[proxy] = urllib3.PoolManager(**how)  # type: ignore[arg-type]
        return self._pools[proxy]

    def _failed(self, request: Request, error: Exception) -> OutsideError:
        host = _host(request.url)
        if isinstance(error.__cause__ or error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY" in str(error):
            return OutsideError(
                f"the certificate of {host} is not trusted: {_reason(error)}",
                hint="give the certificate authority that signed it (ca_file)",
            )
        return Cut(f"{host} cannot be reached: {_reason(error)}", hint="check the name, the network and the proxy")


def _tls(trust: Trust) -> ssl.SSLContext:
    need("urllib3", "talking to a registry")
    import urllib3

    context = ssl.create_default_context()
    if trust.insecure:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # who asks for it knows
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif trust.ca_file:
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
    _, _, place = parts.netloc.rpartition("@")
    login = f"{parts.username}:{parts.password or ''}" if parts.username else ""
    headers = urllib3.make_headers(proxy_basic_auth=login) if login else {}
    return urlunsplit((parts.scheme, place, "", "", "")), 4, None, dict(headers)


def _host(url: str) -> str:
    """Only the host: the rest of an address may carry a signature."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _reason(error: BaseException) -> str:
    """The innermost reason, without addresses."""
    import urllib3

    text = str(error.args[-1] if error.args else error) or type(error).__name__
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "it did not answer in time"
    return text.rpartition(": ")[2][:200].strip("()' ")
