"""Turns a request to a registry into its final answer: authorized, redirected, tried again where that helps."""

import re
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import urljoin, urlsplit

from bigflow._http.again import patiently
from bigflow._http.network import Trust, is_loopback
from bigflow._http.patience import Cut, Patience
from bigflow._http.transport import Answer, NoTls, Readable, Request, Transport
from bigflow.containers.auth import Authorizer, Keychain
from bigflow.containers.blobs import Absent
from bigflow.containers.documents import Malformed, parsed
from bigflow.errors import BigflowError, OutsideError

_ELSEWHERE = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5
_LONGEST_COMPLAINT = 1 << 16


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to a registry: a path of it, or an address that it gave us. A body that is a stream is sent once."""

    method: str
    path: str
    scopes: tuple[str, ...]
    headers: Mapping[str, str] | None = None
    body: bytes | Readable | None = None


class Session:
    """Talks to one registry; used from several threads."""

    def __init__(self, registry: str, host: str, trust: Trust, keychain: Keychain, patience: Patience) -> None:
        self.registry = registry
        self.patience = patience
        self._host = host
        self._trust = trust
        self._transport = Transport(trust, patience)
        self._authorizer = Authorizer(registry, keychain, self._token, patience.stopwatch)
        self._address = ""
        self._lock = threading.Lock()

    def send(self, ask: Ask, *expected: int) -> Answer:
        """The answer, which has one of the expected statuses; everything else is an error that says what to do."""
        answer = self._patiently(lambda: self._authorized(ask)) if _replayable(ask) else self._authorized(ask)
        if answer.status not in expected:
            self._refuse(ask, answer)
        return answer

    def rest(self, failed: int, asked_for: float = 0.0) -> None:
        """Pause after so many failures: for as long as the registry asks for, or longer each time."""
        self.patience.rest(failed, asked_for, self.registry)

    def _patiently(self, act: Callable[[], Answer]) -> Answer:
        return patiently(act, self.patience, self.registry)

    def _authorized(self, ask: Ask) -> Answer:
        """Through redirects, with a new token where the old one is refused."""
        url = urljoin(self._base(), ask.path)
        used = self._authorizer.header(ask.scopes)
        answer = self._followed(ask, url, used)
        ours = answer.status == 401 and _origin(answer.url) == _origin(url)
        if ours and _replayable(ask) and self._has_better(ask, answer, used):
            answer.drop()
            return self._followed(ask, url, self._authorizer.header(ask.scopes))
        return answer

    def _has_better(self, ask: Ask, refusal: Answer, used: str) -> bool:
        try:
            return self._authorizer.refused(refusal.header("WWW-Authenticate"), ask.scopes, used)
        except BaseException:
            refusal.close()
            raise

    def _followed(self, ask: Ask, url: str, authorization: str) -> Answer:
        """The answer at the end of the redirects. Our credentials are for the registry, and for nobody else."""
        for _ in range(_MOST_REDIRECTS + 1):
            headers = dict(ask.headers or {})
            if authorization and _origin(url) == _origin(self._base()):
                headers["Authorization"] = authorization
            answer = self._transport.send(Request(ask.method, url, headers, ask.body))
            if answer.status not in _ELSEWHERE or ask.method not in ("GET", "HEAD"):
                return answer
            answer.drop()
            url = self.onward(url, answer.header("Location"))
        raise OutsideError(f"{self.registry} sends us from place to place ({_MOST_REDIRECTS} redirects)")

    def onward(self, url: str, location: str) -> str:
        """The address that the registry sends us to, if it is one to go to."""
        onward = urljoin(url, location)
        scheme = urlsplit(onward).scheme
        if not location or scheme not in ("http", "https") or not urlsplit(onward).hostname:
            raise Malformed(f"{self.registry} redirects to nowhere")
        if scheme == "http" and urlsplit(url).scheme == "https" and not self._trust.insecure:
            raise OutsideError(f"{self.registry} redirects to {urlsplit(onward).hostname} without encryption")
        return onward

    def _token(self, request: Request) -> Answer:
        """Ask the place that gives tokens. What it is sent must not be read on the way."""
        plain = self._base().startswith("http:")
        parts = urlsplit(request.url)
        if not parts.hostname or parts.scheme not in (("https", "http") if plain else ("https",)):
            raise Malformed(
                f"{self.registry} names a place for tokens that is not safe: {parts.scheme}://{parts.hostname}"
            )
        return self._patiently(lambda: self._transport.send(request))

    def _base(self) -> str:
        """Where the registry is. One on this machine, or one that nothing is demanded of, may do without TLS."""
        with self._lock:
            if not self._address:
                may_be_plain = is_loopback(self._host) or self._trust.insecure
                self._address = f"{self._spoken() if may_be_plain else 'https'}://{self._host}"
            return self._address

    def _spoken(self) -> str:
        """What is spoken there, http or https, by what somebody answered: a connection that broke tells nothing."""
        with suppress(Cut):
            answer = self._transport.send(Request("GET", f"http://{self._host}/v2/", {}))
            answer.drop()
            if answer.status != 400:  # which is what servers with TLS say to a plain request, if anything
                return "http"
        try:
            self._transport.send(Request("GET", f"https://{self._host}/v2/", {})).drop()
        except NoTls:
            return "http"
        except Cut:
            raise
        except OutsideError:  # a certificate that nobody trusts is one
            return "https"
        return "https"

    def _refuse(self, ask: Ask, answer: Answer) -> NoReturn:
        what = f"{ask.method} {urlsplit(ask.path).path}"
        said = self._complaint(answer)
        answer.close()
        if answer.status == 401:
            raise OutsideError(f"{self.registry} does not know us{said}", hint=f"docker login {self.registry}")
        if answer.status == 403:
            hint = "ask for the right to do so, or log in as somebody else"
            raise OutsideError(f"{self.registry} does not allow {what}{said}", hint=hint)
        if answer.status == 404:
            raise Absent(f"{self.registry} does not have {urlsplit(ask.path).path}{said}", hint="check name and tag")
        if answer.status == 429:
            raise OutsideError(f"{self.registry} has had too many requests{said}", hint="try again later, or log in")
        raise OutsideError(f"{self.registry} answers {what} with HTTP {answer.status}{said}")

    def _complaint(self, answer: Answer) -> str:
        """What the registry says is wrong, fit to be shown."""
        try:
            errors = parsed(answer.read_all(_LONGEST_COMPLAINT), "the answer").parts("errors")
            said = "; ".join(error.text("message", "") or error.text("code", "") for error in errors)
        except BigflowError:
            return ""
        shown = re.sub(r"[^\x20-\x7e]+", " ", self._authorizer.hide(said))[:200].strip()
        return f": {shown}" if shown else ""


def _replayable(ask: Ask) -> bool:
    return ask.body is None or isinstance(ask.body, bytes)


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
