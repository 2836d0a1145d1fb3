"""Turns what a cloud's storage answered into an error that says what is wrong, for whom, and what to do about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from bigflow._http.again import AGAIN
from bigflow.errors import OutsideError
from bigflow.storage.place import Place
from bigflow.storage.store import Absent, NoBucket, Refused
from bigflow.storage.transport import Answer, Request

Act = Literal["list", "read", "write", "delete"]

NO_BUCKET = "NoSuchBucket"

_LONGEST = 300  # characters of what a server says
_SKEWED = "RequestTimeTooSkewed"


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a server said when it did not do what it was asked to."""

    status: int
    code: str  # a word of its own, such as NoSuchBucket
    message: str


class Elsewhere(OutsideError):
    """The bucket is in another region than the one that was asked."""

    def __init__(self, region: str) -> None:
        super().__init__(f"the bucket is in the region {region}", hint=f"configure the region {region}")
        self.region = region


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one cloud says things."""

    service: str
    heard: Callable[[Answer], Complaint]
    busy: frozenset[str]  # codes that ask for another try, whatever the status
    stale: frozenset[str]  # codes of credentials that were good once
    permissions: Mapping[Act, str]
    login: str  # the command that gets new credentials
    whoami: str  # the command that says who we are


@dataclass(frozen=True, slots=True)
class Question:
    """A request, with what it is about."""

    act: Act
    place: Place
    name: str
    request: Request

    @property
    def url(self) -> str:
        return self.place.url_of(self.name) if self.name else self.place.url


def is_busy(dialect: Dialect, complaint: Complaint) -> bool:
    """Whether another try may go better."""
    return complaint.status in AGAIN or complaint.code in dialect.busy


def is_stale(dialect: Dialect, complaint: Complaint) -> bool:
    """Whether new credentials may help."""
    return complaint.status == 401 or complaint.code in dialect.stale


def refusal(dialect: Dialect, question: Question, complaint: Complaint, who: str) -> OutsideError:
    """The error. What the server said is passed on without any secret of ours that it may have repeated."""
    told = _without_secrets(complaint, question.request)
    if complaint.code == _SKEWED:
        return Refused(
            f"{dialect.service} refuses requests from this machine because its clock is wrong: {told}",
            hint="set the clock: timedatectl set-ntp true",
        )
    if is_stale(dialect, complaint):
        return Refused(f"{dialect.service} does not accept the credentials of {who}: {told}", hint=dialect.login)
    if complaint.status == 403:
        permission = dialect.permissions[question.act]
        return Refused(
            f"{who} may not {question.act} {question.url}: {told}",
            hint=f"it takes the permission {permission}; who we are says: {dialect.whoami}",
        )
    if complaint.status == 404:
        return _missing(question, complaint)
    if is_busy(dialect, complaint):
        return OutsideError(
            f"{dialect.service} cannot {question.act} {question.url} now: {told}", hint="try again later"
        )
    return OutsideError(
        f"{dialect.service} did not {question.act} {question.url}: {told}", hint="see its message, and the address"
    )


def _missing(question: Question, complaint: Complaint) -> OutsideError:
    if complaint.code == NO_BUCKET or question.act in ("list", "write"):
        bucket = f"{question.place.kind}://{question.place.bucket}"
        return NoBucket(f"there is no bucket {bucket}", hint="check its name, or make it")
    return Absent(question.url)


def garbled(service: str) -> OutsideError:
    """The error of an answer that says it is good, and is not what such an answer has to be."""
    return OutsideError(f"{service} sent an answer that cannot be read", hint="is it a proxy that answers?")


def _without_secrets(complaint: Complaint, request: Request) -> str:
    told = " ".join(complaint.message.split())
    for name in ("Authorization", "X-Amz-Security-Token"):
        for secret in request.headers.get(name, "").replace("=", " ").split():
            if len(secret) > 15:  # words such as Bearer, and parts too short to be of any use, may stay
                told = told.replace(secret, "***")
    parts = [f"{complaint.status}", complaint.code, told[:_LONGEST]]
    return " ".join(part for part in parts if part)
