"""Turns what a journal tells into what became of the run, of each job and of each attempt, also of a run cut short."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from bigflow._events import State
from bigflow.runner.journal import Attempted, Header, Recorded

# Beyond the states of events: killed (its process died with it), running, kept (it succeeded in the run that was
# resumed), left out (the user's words excluded it), not run (nobody came to it).
Known: TypeAlias = State | Literal["killed", "running", "kept", "left out", "not run"]

_OK = ("success", "kept")
_NOT_OK = ("failed", "killed")


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt. `began` is in seconds from the beginning of the run; None if that part of the journal is lost."""

    number: int
    state: Known
    began: float | None
    seconds: float
    reason: str
    where: str


@dataclass(frozen=True, slots=True)
class JobPast:
    """What became of one job."""

    id: str
    state: Known
    tries: tuple[Try, ...]
    why: str = ""  # it has no attempt here


@dataclass(frozen=True, slots=True)
class Past:
    """What became of a run. Jobs are in the order of its plan."""

    header: Header
    state: Known
    seconds: float
    jobs: tuple[JobPast, ...]

    @property
    def began(self) -> datetime:
        return datetime.fromtimestamp(self.header.began, UTC)

    @property
    def can_go_on(self) -> bool:
        return self.state not in ("success", "running")

    def count(self) -> dict[str, int]:
        """How many jobs are ok, running, failed and not run."""
        found = {"ok": 0, "running": 0, "failed": 0, "not run": 0}
        for job in self.jobs:
            found[_kind(job)] += 1
        return found


def past(recorded: Recorded, now: float | None) -> Past:
    """`now` is given if the run is still on its way; without it a run that has no end was killed."""
    header = recorded.header
    until = _last_moment(recorded) if now is None else now
    unfinished: Known = "killed" if now is None else "running"
    tries: dict[str, list[Try]] = {}
    for attempt in recorded.attempts:
        tries.setdefault(attempt.job_id, []).append(_try(attempt, header.began, until, unfinished))
    ids = dict.fromkeys([*header.jobs, *tries])
    jobs = tuple(_job(job_id, tuple(tries.get(job_id, ())), recorded) for job_id in ids)
    seconds = until - header.began if recorded.seconds is None else recorded.seconds
    return Past(header, recorded.state or unfinished, max(seconds, 0.0), jobs)


def edges(header: Header) -> tuple[tuple[str, str], ...]:
    """Which job comes after which."""
    return tuple((parent, job) for job, parents in header.parents.items() for parent in parents)


def _job(job_id: str, tries: tuple[Try, ...], recorded: Recorded) -> JobPast:
    kept = recorded.header.kept.get(job_id, "")
    state: Known
    if tries and tries[-1].state in ("killed", "running"):
        state = tries[-1].state
    elif job_id in recorded.states:
        state = recorded.states[job_id]
    elif kept:
        state = "kept"
    else:
        state = "left out" if recorded.state else "not run"
    why = f"succeeded in run {kept}" if state == "kept" else recorded.reasons.get(job_id, "")
    return JobPast(job_id, state, tries, why)


def _try(attempt: Attempted, run_began: float, until: float, unfinished: Known) -> Try:
    began = attempt.began - run_began if attempt.began else None
    if attempt.state is None:
        return Try(attempt.number, unfinished, began, max(until - attempt.began, 0.0), "", "")
    return Try(attempt.number, attempt.state, began, attempt.seconds, attempt.reason, attempt.where)


def _last_moment(recorded: Recorded) -> float:
    """The last sign of life."""
    return max([recorded.header.began, *(attempt.began + attempt.seconds for attempt in recorded.attempts)])


def _kind(job: JobPast) -> str:
    if job.state in _OK:
        return "ok"
    if job.state == "running":
        return "running"
    return "failed" if job.state in _NOT_OK or (job.tries and job.state == "interrupted") else "not run"
