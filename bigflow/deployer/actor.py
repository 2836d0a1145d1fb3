"""Says who changes something, as what process, and when: what only the ends know of the world."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from bigflow.errors import OutsideError

LEASE_SECONDS = 600  # that a change may take, by the clock of the store; afterwards others may undo it


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is at work. `gone` says whether another process is certainly no more: only its own machine can know."""

    who: str
    process: str
    now: datetime
    gone: Callable[[str], bool]
    stopwatch: Callable[[], float]

    def lease(self) -> Callable[[], None]:
        """A check that fails when half of the time is over: what is on its way then has the other half."""
        began = self.stopwatch()

        def check() -> None:
            if self.stopwatch() - began > LEASE_SECONDS / 2:
                raise OutsideError(
                    f"this took longer than {LEASE_SECONDS // 2} s, and others may undo it soon",
                    hint="see the network, and try again",
                )

        return check


def new_id() -> str:
    return uuid4().hex[:12]
