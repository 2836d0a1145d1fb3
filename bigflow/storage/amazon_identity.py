"""Turns AWS credentials, given or found by AWS's own chain, into signed requests."""

import hashlib
import threading
from typing import Protocol

from bigflow.errors import UsageError
from bigflow.storage.access import Amazon, AmazonKeys
from bigflow.storage.packages import package
from bigflow.storage.store import PIECE, Refused, opened
from bigflow.storage.transport import Request

_LOGIN = "aws sso login, or aws configure, or set AWS_PROFILE"
_FIRST = "us-east-1"  # S3 tells us from here where a bucket is


class Region:
    """Where a bucket is, as far as we know: the store corrects it when S3 says so."""

    def __init__(self, name: str) -> None:
        self.name = name


class _Frozen(Protocol):
    @property
    def access_key(self) -> str: ...
    @property
    def secret_key(self) -> str: ...
    @property
    def token(self) -> str | None: ...


class AmazonIdentity:
    """Signs requests. Credentials that end are renewed by AWS's chain, and asked for anew when they are refused."""

    def __init__(self, who: Amazon, region: Region) -> None:
        self._who = who
        self._region = region
        self._lock = threading.Lock()
        self._found: object = None

    @property
    def name(self) -> str:
        if self._who.keys:
            return "the AWS keys that were given"
        return f"AWS profile {self._who.profile}" if self._who.profile else "AWS's own chain"

    def signed(self, request: Request) -> Request:
        auth = package("botocore.auth", "aws")
        asked = package("botocore.awsrequest", "aws").AWSRequest(
            method=request.method, url=request.url, headers=dict(request.headers)
        )
        signer = auth.S3SigV4Auth(self._credentials(), "s3", self._region.name)
        digest = _sha256(request)
        signer.payload = lambda _: digest  # it would read the body itself, and knows no body of several parts
        signer.add_auth(asked)
        return request.with_headers(dict(asked.headers.items()))

    def renew(self) -> None:
        with self._lock:
            self._found = None

    def _credentials(self) -> _Frozen:
        if self._who.keys:
            return _given(self._who.keys)
        errors = package("botocore.exceptions", "aws")
        try:
            with self._lock:
                if self._found is None:
                    self._found = _session(self._who).get_credentials()
            if self._found is None:
                raise UsageError("there are no AWS credentials here", hint=_LOGIN)
            frozen: _Frozen = self._found.get_frozen_credentials()  # type: ignore[attr-defined]
        except errors.ProfileNotFound as error:
            raise UsageError(
                f"there is no AWS profile {self._who.profile}", hint="aws configure list-profiles"
            ) from error
        except (errors.BotoCoreError, errors.ClientError) as error:
            raise Refused(f"AWS gives no credentials: {str(error)[:300]}", hint=_LOGIN) from error
        return frozen


def region_of(who: Amazon) -> Region:
    """The region that was told, or that AWS's configuration has."""
    if who.region or who.keys:
        return Region(who.region or _FIRST)
    errors = package("botocore.exceptions", "aws")
    try:
        return Region(_session(who).get_config_variable("region") or _FIRST)
    except errors.BotoCoreError:  # whatever it is, the credentials will tell
        return Region(_FIRST)


def _session(who: Amazon) -> "_Session":
    session: _Session = package("botocore.session", "aws").Session(profile=who.profile or None)
    return session


class _Session(Protocol):
    def get_credentials(self) -> object: ...
    def get_config_variable(self, name: str, /) -> str | None: ...


def _given(keys: AmazonKeys) -> _Frozen:
    frozen: _Frozen = package("botocore.credentials", "aws").ReadOnlyCredentials(
        keys.key_id, keys.secret, keys.session_token or None
    )
    return frozen


def _sha256(request: Request) -> str:
    digest = hashlib.sha256()
    for part in request.body:
        with opened(part) as file:
            while piece := file.read(PIECE):
                digest.update(piece)
    return digest.hexdigest()
