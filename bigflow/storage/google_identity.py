"""Turns Google credentials, given or found by Google's own chain, into requests with an access token."""

import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from bigflow.errors import OutsideError, UsageError
from bigflow.storage.access import Google, Token
from bigflow.storage.packages import package
from bigflow.storage.store import Refused
from bigflow.storage.transport import Request, Transport

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_PROJECTS = "cloudresourcemanager."  # asked for the name of a project, which we do not need; it may be switched off
_LOGIN = "gcloud auth application-default login"


class GivenToken:
    """Shows a token that somebody else gets for us."""

    name = "the access token that was given"

    def __init__(self, token: Token) -> None:
        self._token = token
        self._lock = threading.Lock()
        self._known = ""

    def signed(self, request: Request) -> Request:
        with self._lock:
            if not self._known:
                self._known = self._token.source().strip()
        return request.with_headers({"Authorization": f"Bearer {self._known}"})

    def renew(self) -> None:
        with self._lock:
            self._known = ""


class GoogleIdentity:
    """Shows tokens that google-auth gets, and gets anew before they end: keys, users, machines, external accounts."""

    def __init__(self, who: Google, transport: Transport) -> None:
        self._who = who
        self._asking = _Asking(transport)
        self._lock = threading.Lock()
        self._found: _Credentials | None = None

    @property
    def name(self) -> str:
        if self._who.impersonate:
            return self._who.impersonate
        account = getattr(self._found, "service_account_email", "")
        return account if account and account != "default" else "the Google credentials of this machine"

    def signed(self, request: Request) -> Request:
        errors = package("google.auth.exceptions", "gcp")
        headers: dict[str, str] = {}
        try:
            with self._lock:
                self._good().apply(headers)  # not before_request: it looks up regions in a thread of its own
        except errors.DefaultCredentialsError as error:
            told = _first(error).partition(" To set up ")[0]
            raise UsageError(f"there are no Google credentials here: {told}", hint=_LOGIN) from error
        except errors.TransportError as error:
            raise OutsideError(
                f"Google cannot be asked for a token: {_first(error)}", hint="see the network"
            ) from error
        except errors.GoogleAuthError as error:
            raise Refused(
                f"Google gives no token to {self.name}: {_first(error)}",
                hint=f"{_LOGIN}   (and see that the clock of this machine is right)",
            ) from error
        return request.with_headers({name.title(): value for name, value in headers.items()})

    def renew(self) -> None:
        with self._lock:
            self._found = None

    def _good(self) -> "_Credentials":
        """Credentials with a token that is not about to end."""
        if self._found is None or not self._found.valid:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # advice to developers about quota projects
                self._found = self._found or self._find()
                self._found.refresh(self._asking)
        return self._found

    def _find(self) -> "_Credentials":
        auth = package("google.auth", "gcp")
        if self._who.key_file:
            found, _ = auth.load_credentials_from_file(self._who.key_file, scopes=[_SCOPE], request=self._asking)
        else:
            found, _ = auth.default(scopes=[_SCOPE], request=self._asking)
        if self._who.impersonate:
            found = package("google.auth.impersonated_credentials", "gcp").Credentials(
                source_credentials=found, target_principal=self._who.impersonate, target_scopes=[_SCOPE]
            )
        credentials: _Credentials = found
        return credentials


class _Credentials(Protocol):
    @property
    def valid(self) -> bool: ...
    def refresh(self, asking: "_Asking", /) -> None: ...
    def apply(self, headers: dict[str, str], /) -> None: ...


@dataclass(frozen=True, slots=True)
class _Told:
    """An answer in the form that google-auth reads."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class _Asking:
    """What google-auth asks through: our way out, with its proxies, certificates and time limits."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: object,
    ) -> _Told:
        if (urlsplit(url).hostname or "").startswith(_PROJECTS):
            return _Told(404, {}, b"{}")
        sent = (body.encode() if isinstance(body, str) else body,) if body else ()
        try:
            answer = self._transport.send(Request(method, url, headers or {}, sent))
        except OutsideError as error:
            raise package("google.auth.exceptions", "gcp").TransportError(error.message) from error
        return _Told(answer.status, answer.headers, answer.body)


def _first(error: Exception) -> str:
    """The sentence, without the documents that follow it."""
    return " ".join(str(error.args[0] if error.args else error).split())[:300]
