"""What is left of a run when it is over."""

from typing import NamedTuple

from bigflow._events import JobEnded, State


class RunReport(NamedTuple):
    """The final state of a run, and of each of its jobs in the order in which they got it."""

    workflow_id: str
    state: State
    seconds: float
    jobs: tuple[JobEnded, ...]

    @property
    def succeeded(self) -> bool:
        return self.state == "success"
