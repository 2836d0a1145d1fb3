"""What is left of a run when it is over, as a value."""

from typing import NamedTuple

from bigflow._events import JobEnded, State


class RunReport(NamedTuple):
    """The final state of a run, and of each of its jobs in the order in which they got it."""

    run_id: str
    workflow_id: str
    state: State
    seconds: float
    jobs: tuple[JobEnded, ...]
    ended_by: int = 0  # the signal that made us stop, if one did

    @property
    def succeeded(self) -> bool:
        return self.state == "success"
