"""The places in which an attempt can run: each a module that satisfies `Backend`; a table names them."""

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import NamedTuple, Protocol

from bigflow.runner.attempt import Outcome
from bigflow.workflow.context import JobContext
from bigflow.workflow.jobs import JobLike

MODULES = {
    "inline": "bigflow.runner.backends.inline",
    "process": "bigflow.runner.backends.process",
    "container": "bigflow.runner.backends.container",
}


class Task(NamedTuple):
    """One attempt to be made."""

    job: JobLike
    context: JobContext
    limit: float
    log: str  # the file that takes what the job writes; empty: it goes where ours goes
    package: str = ""  # whose workflow it is, for a process that has to find it anew


class Ended(NamedTuple):
    """One attempt is over."""

    ticket: int
    outcome: Outcome


class Backend(Protocol):
    """Starts attempts, tells which ended, ends them early. One thread; nothing blocks but `wait`."""

    def start(self, task: Task) -> int:
        """Begin the attempt; the ticket names it from now on."""

    def wait(self, seconds: float) -> Iterable[Ended]:
        """Those that ended; waits for the first at most so long, and less when a signal arrives."""

    def stop(self, ticket: int, number: int) -> None:
        """Send a signal to all that the attempt has started."""

    def close(self) -> None:
        """Leave nothing behind."""


class Outfit(NamedTuple):
    """What containers need to know of this machine."""

    root: str  # of the project whose image it is
    cache: str  # a folder for what all projects share
    mounts: tuple[str, ...] = ()  # SRC:DST or SRC:DST:ro


def backend(name: str, outfit: Outfit | None = None) -> Backend:
    """The backend of that name."""
    make: Callable[..., Backend] = import_module(MODULES[name]).make
    return make() if outfit is None else make(outfit)
