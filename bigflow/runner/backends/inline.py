"""Runs attempts in this very process, one after the other: for debuggers and tests."""

import signal
from collections.abc import Iterable

from bigflow.runner.attempt import Terminated, attempt, interrupted
from bigflow.runner.backends import Ended, Task


class Inline:
    """`start` does it all; `wait` only hands over. What a job changes in this process stays changed."""

    def __init__(self) -> None:
        self._tickets = 0
        self._ended: list[Ended] = []

    def start(self, task: Task) -> int:
        self._tickets += 1
        try:
            outcome = attempt(task.job, task.context, task.limit)
        except (KeyboardInterrupt, Terminated) as interruption:
            outcome = interrupted(interruption)
            # The job heard it before whoever drives us: let them hear it, too.
            signal.raise_signal(signal.SIGTERM if isinstance(interruption, Terminated) else signal.SIGINT)
        self._ended.append(Ended(self._tickets, outcome))
        return self._tickets

    def wait(self, seconds: float) -> Iterable[Ended]:
        if not self._ended and seconds > 0:
            import time

            time.sleep(seconds)  # a failed attempt rests before the next
        ended, self._ended = self._ended, []
        return ended

    def stop(self, ticket: int, number: int) -> None:
        """An attempt in this process hears signals itself."""

    def close(self) -> None:
        """Nothing is open."""


def make() -> Inline:
    return Inline()
