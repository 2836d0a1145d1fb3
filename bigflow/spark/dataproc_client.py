"""Turns requests in Dataproc's REST API into answers, with credentials that google-auth finds."""

import json
from collections.abc import Mapping
from typing import Protocol

from bigflow.errors import BigflowError, OutsideError, UsageError
from bigflow.spark.libraries import library
from bigflow.spark.places import Dataproc
from bigflow.spark.waiting import Unreachable

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_REQUIREMENT = "google-auth[urllib3]"
_TRIED_AGAIN = (429, 500, 502, 503, 504)
_LOGIN = "in a pod: the Google account of its service account; here: gcloud auth application-default login"


class _Answer(Protocol):
    @property
    def status(self) -> int: ...
    @property
    def data(self) -> bytes: ...


class _Http(Protocol):
    def urlopen(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, /
    ) -> _Answer: ...


class AlreadyThere(OutsideError):
    """There is a batch of this id."""


class DataprocClient:
    """Asks in one project and region. Requests that are refused for a moment are asked again, some seconds long."""

    def __init__(self, place: Dataproc) -> None:
        self._place = place
        self._root = (place.endpoint or f"https://{place.region}-dataproc.googleapis.com").rstrip("/") + "/v1"
        self._auth = library("google.auth", _REQUIREMENT, "Dataproc")
        self._errors = library("google.auth.exceptions", _REQUIREMENT, "Dataproc")
        self._urllib3 = library("urllib3", _REQUIREMENT, "Dataproc")
        self._http = self._signed_in()

    def ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Mapping[str, object]:
        """The answer, as JSON."""
        sent = json.dumps(body).encode() if body is not None else None
        try:
            answer = self._http.urlopen(method, f"{self._root}/{path}", sent, {"Content-Type": "application/json"})
        except self._errors.TransportError as error:
            raise Unreachable(f"Google gives no token: {_first(error)}", hint="see the network") from None
        except self._errors.GoogleAuthError as error:
            raise OutsideError(f"Google gives no token: {_first(error)}", hint=_LOGIN) from None
        except self._urllib3.exceptions.HTTPError as error:
            raise Unreachable(f"Dataproc cannot be reached: {_first(error)}", hint="see the network") from None
        if answer.status >= 300:
            raise self._refused(answer)
        return _object(answer.data)

    def _signed_in(self) -> _Http:
        retries = self._urllib3.Retry(
            total=5, status_forcelist=_TRIED_AGAIN, backoff_factor=0.5, allowed_methods=None, raise_on_status=False
        )
        pool = self._urllib3.PoolManager(retries=retries, timeout=self._urllib3.Timeout(connect=10, read=60))
        transport = library("google.auth.transport.urllib3", _REQUIREMENT, "Dataproc")
        try:
            credentials, _ = self._auth.default(scopes=[_SCOPE])
        except self._errors.DefaultCredentialsError as error:
            raise OutsideError(f"there are no Google credentials here: {_first(error)}", hint=_LOGIN) from None
        http: _Http = transport.AuthorizedHttp(credentials, http=pool)
        return http

    def _refused(self, answer: _Answer) -> BigflowError:
        told = _object(answer.data).get("error")
        message = (
            str(told.get("message", "")) if isinstance(told, Mapping) else answer.data[:200].decode("utf-8", "replace")
        )
        where = f"projects/{self._place.project}, {self._place.region}"
        match answer.status:
            case 409:
                return AlreadyThere(f"Dataproc has it already: {message}")
            case 400 | 404 | 412:
                return UsageError(f"Dataproc does not take it: {message}", hint=f"see Dataproc(...), and {where}")
            case 401 | 403:
                return OutsideError(
                    f"Google refuses ({answer.status}): {message}",
                    hint=f"needed in {where}: roles/dataproc.editor, and roles/iam.serviceAccountUser for its account",
                )
        return Unreachable(f"Dataproc answers with HTTP {answer.status}: {message}", hint="try again later")


def _object(content: bytes) -> Mapping[str, object]:
    try:
        told = json.loads(content or b"{}")
    except ValueError:
        told = {}
    return told if isinstance(told, dict) else {}


def _first(error: Exception) -> str:
    return " ".join(str(error.args[0] if error.args else error).split())[:300]
