"""What engines tell while they work, as values; only the command line turns them into text."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

State: TypeAlias = Literal["success", "failed", "upstream_failed"]


class RunStarted(NamedTuple):
    """A workflow, or one job of it, begins for a runtime."""

    workflow_id: str
    jobs: tuple[str, ...]
    runtime: datetime
    interval_end: datetime | None
    env: str | None
    runtime_chosen: bool  # by us: the user named none


class JobStarted(NamedTuple):
    """One attempt of a job begins."""

    job_id: str
    attempt: int


class JobEnded(NamedTuple):
    """A job has its final state. `reason` and `where` say why it failed or was not run."""

    job_id: str
    state: State
    seconds: float
    reason: str = ""
    where: str = ""
    traceback: str = ""


class RunEnded(NamedTuple):
    """The run has its final state."""

    workflow_id: str
    state: State
    seconds: float


Event: TypeAlias = RunStarted | JobStarted | JobEnded | RunEnded
Listener: TypeAlias = Callable[[Event], None]
