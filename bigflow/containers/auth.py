"""Turns what a registry demands and what a keychain has into the Authorization of each request."""

import re
import threading
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol
from urllib.parse import urlencode, urlsplit

from bigflow._http.transport import Answer, Request
from bigflow.containers.documents import Malformed, parsed
from bigflow.errors import OutsideError, UsageError

_LONGEST_ANSWER = 1 << 20
_USUAL_LIFE = 60  # seconds, of a token that does not say
_SHARE_OF_LIFE = 0.9  # after which a token is renewed
_PARAMETER = re.compile(r'([A-Za-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


@dataclass(frozen=True, slots=True)
class Login:
    """Who we are for a registry: a password (Google's access tokens too), an identity token, or a token as it is."""

    user: str
    secret: str = field(repr=False)
    kind: Literal["password", "identity", "bearer"] = "password"


class Keychain(Protocol):
    """Gives the login for a registry, each time one is needed. `refused` is one that is no longer taken."""

    def __call__(self, registry: str, refused: Login | None = None, /) -> Login | None: ...


def anonymous(_registry: str, _refused: Login | None = None, /) -> Login | None:
    """No login for anybody."""
    return None


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a registry wants to see: `basic`, or `bearer` with the place where tokens are had."""

    scheme: str
    realm: str = ""
    service: str = ""
    scope: str = ""


def challenge_of(header: str) -> Challenge | None:
    """The demand that we can meet best, of those in a WWW-Authenticate header."""
    for scheme in ("bearer", "basic"):
        found = re.search(rf"(?:^|[\s,]){scheme}(?:\s+|$)", header, re.IGNORECASE)
        if found:
            rest = re.split(r"(?:^|,)\s*(?:basic|digest|negotiate)\s", header[found.end() :], flags=re.IGNORECASE)[0]
            told = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(rest)}
            return Challenge(scheme, told.get("realm", ""), told.get("service", ""), told.get("scope", ""))
    return None


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    until: float


class Authorizer:
    """The Authorization for one registry. It learns from a first refusal what is wanted; used from several threads."""

    def __init__(
        self, registry: str, keychain: Keychain, ask: Callable[[Request], Answer], stopwatch: Callable[[], float]
    ) -> None:
        self._registry = registry
        self._keychain = keychain
        self._ask = ask
        self._stopwatch = stopwatch
        self._lock = threading.Lock()
        self._challenge: Challenge | None = None
        self._login: Login | None = None
        self._tokens: dict[tuple[str, ...], _Token] = {}
        self._demanded: dict[tuple[str, ...], str] = {}  # scopes as the registry calls them, which may differ from ours

    def header(self, scopes: tuple[str, ...]) -> str:
        """What to send with a request that needs these scopes; nothing while nothing was demanded."""
        with self._lock:
            return self._header(scopes)

    def refused(self, header: str, scopes: tuple[str, ...], used: str) -> bool:
        """The registry refused a request with `used`; whether another try can have something better."""
        with self._lock:
            challenge = challenge_of(header)
            if challenge is None:
                return False
            if self._challenge is not None and self._header(scopes) != used:
                return True  # another thread has seen to it
            self._challenge = challenge
            self._demanded[scopes] = challenge.scope
            self._tokens.pop(scopes, None)
            if used:
                self._login = self._keychain(self._registry, self._login)
            return self._header(scopes) != used

    def hide(self, text: str) -> str:
        """The text without anything that is secret."""
        secrets = [token.value for token in self._tokens.values()]
        if self._login:
            secrets += [self._login.secret, _basic(self._login)]
        for secret in filter(None, secrets):
            text = text.replace(secret, "***")
        return text

    def _header(self, scopes: tuple[str, ...]) -> str:
        if self._challenge is None:
            return ""
        if self._challenge.scheme == "basic":
            login = self._current()
            return f"Basic {_basic(login)}" if login else ""
        token = self._tokens.get(scopes)
        if token is None or self._stopwatch() >= token.until:
            token = self._tokens[scopes] = self._fetched(self._challenge, scopes)
        return f"Bearer {token.value}"

    def _current(self) -> Login | None:
        self._login = self._keychain(self._registry)
        if self._login and re.search(r"[\x00-\x1f\x7f]", self._login.user + self._login.secret):
            raise UsageError(f"the login for {self._registry} has a line break or the like in it", hint="log in anew")
        return self._login

    def _fetched(self, challenge: Challenge, scopes: tuple[str, ...]) -> _Token:
        asked_at = self._stopwatch()
        login = self._current()
        if login and login.kind == "bearer":
            return _Token(login.secret, asked_at)
        answer = self._ask(self._token_request(challenge, scopes, login))
        data = answer.read_all(_LONGEST_ANSWER)
        if answer.status != 200:
            raise self._no_token(challenge, answer.status)
        told = parsed(data, f"the token for {self._registry}")
        value = told.text("token", "") or told.text("access_token")
        if not re.fullmatch(r"[\x21-\x7e]+", value):
            raise Malformed(f"the token for {self._registry} is none")
        return _Token(value, asked_at + _SHARE_OF_LIFE * told.number("expires_in", _USUAL_LIFE))

    def _token_request(self, challenge: Challenge, scopes: tuple[str, ...], login: Login | None) -> Request:
        wanted = sorted({*scopes, *self._demanded.get(scopes, "").split(" ")} - {""})
        about = [("service", challenge.service)] if challenge.service else []
        if login and login.kind == "identity":
            form = [*about, ("scope", " ".join(wanted)), ("client_id", "bigflow")]
            form += [("grant_type", "refresh_token"), ("refresh_token", login.secret)]
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            return Request("POST", challenge.realm, kind, urlencode(form).encode())
        query = urlencode([*about, *(("scope", scope) for scope in wanted)])
        headers = {"Authorization": f"Basic {_basic(login)}"} if login else {}
        joint = "&" if urlsplit(challenge.realm).query else "?"
        return Request("GET", f"{challenge.realm}{joint}{query}", headers)

    def _no_token(self, challenge: Challenge, status: int) -> OutsideError:
        who = f"as {self._login.user}" if self._login and self._login.user else "without a login"
        host = urlsplit(challenge.realm).hostname or challenge.realm[:100]
        return OutsideError(
            f"{host} gives no token for {self._registry} {who} (HTTP {status})", hint=f"docker login {self._registry}"
        )


def _basic(login: Login) -> str:
    return b64encode(f"{login.user}:{login.secret}".encode()).decode()
