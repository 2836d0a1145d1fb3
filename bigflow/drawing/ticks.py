"""Turns a length of time into the marks of its axis, at steps that clocks have."""

from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

from bigflow.drawing.durations import exactly

_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000


class Tick(NamedTuple):
    """One mark of the axis."""

    at: float  # seconds
    label: str


def ticks(seconds: float, most: int) -> tuple[Tick, ...]:
    """At most so many marks after the one at 0, none beyond the end."""
    length = int(seconds * 1_000)
    step = next(step for step in _steps() if length // step <= most)
    return tuple(Tick(at / 1_000, exactly(at)) for at in range(0, length + 1, step))


def _steps() -> Iterator[int]:
    """In milliseconds, without end."""
    for power in (1, 10, 100):
        yield from (power, 2 * power, 5 * power)
    for unit, counts in ((_SECOND, (1, 2, 5, 10, 15, 30)), (_MINUTE, (1, 2, 5, 10, 15, 30)), (_HOUR, (1, 2, 3, 6, 12))):
        yield from (unit * many for many in counts)
    for power in count():
        yield from (_DAY * 10**power * many for many in (1, 2, 5))
