"""What engines tell while they work, as values; only the command line turns them into text."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

State: TypeAlias = Literal["success", "failed", "upstream_failed", "skipped", "interrupted"]


class RunStarted(NamedTuple):
    """A workflow, or one job of it, begins for a runtime. `jobs` are those that it is about to execute."""

    run_id: str
    workflow_id: str
    jobs: tuple[str, ...]
    runtime: datetime
    interval_end: datetime | None
    env: str | None
    runtime_chosen: bool  # by us: the user named none


class JobKept(NamedTuple):
    """A job is not executed, because it succeeded in the run that is resumed."""

    job_id: str
    reason: str


class JobStarted(NamedTuple):
    """One attempt of a job begins."""

    job_id: str
    attempt: int
    tries: int
    log: str = ""
    retries: int = 0  # as declared: what production would do


class JobOutput(NamedTuple):
    """Lines that a job has written since it was last asked."""

    job_id: str
    text: str


class JobRetried(NamedTuple):
    """An attempt failed, and there will be another one in `pause` seconds."""

    job_id: str
    attempt: int
    tries: int
    pause: float
    reason: str
    where: str


class JobEnded(NamedTuple):
    """A job has its final state. `reason` and `where` say why it failed or was not run."""

    job_id: str
    state: State
    seconds: float
    attempt: int = 0
    reason: str = ""
    where: str = ""
    hint: str = ""  # what to do about it, if the error said so
    note: str = ""  # what it returned, if that is a short text
    log: str = ""  # the file with all that its last attempt wrote
    traceback: str = ""


class RunEnded(NamedTuple):
    """The run has its final state."""

    run_id: str
    workflow_id: str
    state: State
    seconds: float


class Tick(NamedTuple):
    """Time has passed; nothing else is new. Told a few times a second while jobs run."""

    running: tuple[str, ...]


Event: TypeAlias = RunStarted | JobKept | JobStarted | JobOutput | JobRetried | JobEnded | RunEnded | Tick
Listener: TypeAlias = Callable[[Event], None]
