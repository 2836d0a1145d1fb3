"""How long, and how often, a server is waited for: numbers, and the pauses and limits that follow from them."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from bigflow.errors import OutsideError


class Cut(OutsideError):
    """The connection could not be made, or broke: another try may go better."""


@dataclass(frozen=True, slots=True)
class Patience:
    """In seconds. The clock is told, so that tests need not wait."""

    connect: float = 10.0
    silence: float = 60.0  # without a byte
    slowest: float = 4000.0  # bytes a second, on average: a slower connection counts as broken
    tries: int = 6
    pause: float = 0.5  # before the second try; it doubles
    longest_pause: float = 60.0  # also of what a server asks for
    sleep: Callable[[float], None] = time.sleep
    stopwatch: Callable[[], float] = time.monotonic

    def rest(self, failed: int, asked_for: float = 0.0, who: str = "the server") -> None:
        """Pause after so many failures: for as long as is asked for, or longer each time."""
        if asked_for > self.longest_pause:
            raise OutsideError(
                f"{who} is overloaded: it asks us to come back in {asked_for:.0f} s", hint="try again then"
            )
        usual = min(self.longest_pause, self.pause * 2 ** (failed - 1))
        self.sleep(max(asked_for, usual * random.uniform(0.5, 1.0)))


class Pace:
    """Is told of each piece that came or went, and complains when they are too slow."""

    def __init__(self, host: str, patience: Patience) -> None:
        self._host = host
        self._patience = patience
        self._began = patience.stopwatch()
        self._seen = 0

    def moved(self, count: int) -> None:
        self._seen += count
        seconds = self._patience.stopwatch() - self._began
        if seconds > self._patience.silence + self._seen / self._patience.slowest:
            raise Cut(
                f"{self._host} moved {self._seen} bytes in {seconds:.0f} s, which is too slow", hint="see the network"
            )
