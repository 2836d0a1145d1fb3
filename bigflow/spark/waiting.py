"""Turns an application that a service has taken into its end: looked at now and then, and cancelled if we are ended."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from bigflow import _ambient
from bigflow.errors import OutsideError


class Unreachable(OutsideError):
    """The service did not answer, or was too busy: another look may go better."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look shows. `state` is the service's own word."""

    state: str
    ended: bool
    succeeded: bool = False
    details: str = ""
    log: str = ""  # where the driver's output lies, if the service says so


class Submitted(Protocol):
    """An application that a service has taken."""

    @property
    def name(self) -> str:
        """For people."""
        ...

    def look(self) -> Seen: ...
    def cancel(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Pace:
    """How often it is looked at, in seconds; and how long a cancelled one is waited for.

    The latter is short: `bigflow run` gives a job that it ends five seconds, and Kubernetes thirty.
    """

    first: float = 1.0
    factor: float = 1.5
    longest: float = 15.0
    farewell: float = 3.0
    lost_looks: int = 20  # one after the other; each has been tried several times by then
    sleep: Callable[[float], None] = time.sleep


USUAL = Pace()


def follow(submit: Callable[[], Submitted], pace: Pace) -> Seen:
    """Submit it, and look until it has ended. Whatever ends us early cancels it.

    `submit` is called a second time if we are interrupted while it runs: as it means the same application by the same
    token, we learn so what there is to be cancelled.
    """
    submitted: Submitted | None = None
    try:
        submitted = submit()
        return _end_of(submitted, pace)
    except BaseException as end:  # also Ctrl-C, SIGTERM and the time limit, which are no Exceptions
        if submitted is None and not isinstance(end, Exception):
            with suppress(OutsideError):
                submitted = submit()
        if submitted is not None:
            _cancel(submitted, pace)
        raise


def _end_of(submitted: Submitted, pace: Pace) -> Seen:
    state, pause, lost = "", pace.first, 0
    while True:
        try:
            seen = submitted.look()
        except Unreachable as error:
            lost += 1
            if lost > pace.lost_looks:
                raise
            tell(f"{submitted.name}: {error.message}")
        else:
            lost = 0
            if seen.state != state:
                state = seen.state
                tell(f"{submitted.name}: {state}" + (f", {seen.details}" if seen.details else ""))
            if seen.ended:
                return seen
        pace.sleep(pause)
        pause = min(pause * pace.factor, pace.longest)


def _cancel(submitted: Submitted, pace: Pace) -> None:
    """Ask it to end, and wait a moment for that. Why we end is more important than whether this goes well."""
    seen = None
    try:
        submitted.cancel()
        until = _ambient.stopwatch() + pace.farewell
        while not (seen := submitted.look()).ended and _ambient.stopwatch() < until:
            pace.sleep(min(pace.first, 0.5))
    except OutsideError as error:
        tell(f"{submitted.name} cannot be cancelled: {error.message}")
    if seen is not None:
        tell(f"{submitted.name} was asked to end: {seen.state}")


def tell(line: str) -> None:
    """Log it: in pods, and in the logs of local runs, lines say which job and runtime they are about."""
    import logging  # late: who only reads the workflow does without

    logging.getLogger("bigflow.spark").info("%s", line)
