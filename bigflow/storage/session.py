"""Turns a question to a cloud into its final answer: signed, asked again where that helps, and never for ever."""

from dataclasses import dataclass, replace
from typing import Protocol

from bigflow._http.again import retry_after
from bigflow._http.patience import Cut, Patience
from bigflow.storage.dialect import NO_BUCKET, Complaint, Dialect, Question, is_busy, is_stale, refusal
from bigflow.storage.transport import Answer, Request, Transport


class Identity(Protocol):
    """Whom the requests come from; used from several threads."""

    @property
    def name(self) -> str:
        """For people: no secret."""
        ...

    def signed(self, request: Request) -> Request:
        """The request with what proves that it is ours."""
        ...

    def renew(self) -> None:
        """What it has was refused: the next request is signed with something new, if there is such a thing."""
        ...


class Nobody:
    """Asks without credentials."""

    name = "nobody (anonymous access)"

    def signed(self, request: Request) -> Request:
        return request

    def renew(self) -> None:
        """There is nothing to renew."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The last answer. `doubted`: an earlier try got none, and may have done its work for all we know."""

    answer: Answer
    complaint: Complaint | None
    doubted: bool


class Session:
    """Talks to one service. Every question may be asked more than once: conditions are what makes changes safe."""

    def __init__(self, dialect: Dialect, identity: Identity, transport: Transport, patience: Patience) -> None:
        self._dialect = dialect
        self._identity = identity
        self._transport = transport
        self._patience = patience

    def ask(self, question: Question, *accepted: int) -> Reply:
        """The answer, which is a good one or has one of the accepted statuses; everything else is an error."""
        failed, renewed = 0, False
        while True:
            last = failed + 1 >= self._patience.tries
            signed = replace(question, request=self._identity.signed(question.request))
            asked_for = 0.0
            try:
                answer = self._transport.send(signed.request)
            except Cut:
                if last:
                    raise
            else:
                complaint = None if answer.ok else self._dialect.heard(answer)
                if complaint is None or (answer.status in accepted and complaint.code != NO_BUCKET):
                    return Reply(answer, complaint, doubted=failed > 0)
                if is_stale(self._dialect, complaint) and not renewed:
                    self._identity.renew()
                    renewed = True
                    continue
                if last or not is_busy(self._dialect, complaint):
                    raise refusal(self._dialect, signed, complaint, self._identity.name)
                asked_for = retry_after(answer.headers)
            failed += 1
            self._patience.rest(failed, min(asked_for, self._patience.longest_pause))
