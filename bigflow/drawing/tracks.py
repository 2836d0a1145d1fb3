"""Turns the nets between two layers into the order of their vertical lines, with few lines over others."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """A vertical line: the rows from which lines come to it, and those to which they leave."""

    arrive: frozenset[int]
    leave: frozenset[int]

    @property
    def top(self) -> int:
        return min(self.arrive | self.leave)

    @property
    def bottom(self) -> int:
        return max(self.arrive | self.leave)


def tracks(bars: Sequence[Bar]) -> list[int]:
    """The column of each bar, counted from the left from 1; 0 for one that is in a single row and needs none."""
    order: list[int] = []
    for index, bar in enumerate(bars):
        if bar.top < bar.bottom:
            order.insert(_best_place(bar, [bars[other] for other in order]), index)
    column = [0] * len(bars)
    for place, index in enumerate(order):
        before = [other for other in order[:place] if _overlap(bars[other], bars[index])]
        column[index] = 1 + max((column[other] for other in before), default=0)
    return column


def _best_place(bar: Bar, others: Sequence[Bar]) -> int:
    """Where between the others the fewest lines lead over others."""
    cost = sum(_bridges(bar, other) for other in others)
    best, fewest = 0, cost
    for place, other in enumerate(others, start=1):
        cost += _bridges(other, bar) - _bridges(bar, other)
        if cost < fewest:
            best, fewest = place, cost
    return best


def _bridges(left: Bar, right: Bar) -> int:
    """How many lines cross a bar when `left` stands to the left of `right`."""
    leaving = sum(right.top < row < right.bottom for row in left.leave)
    return leaving + sum(left.top < row < left.bottom for row in right.arrive)


def _overlap(one: Bar, other: Bar) -> bool:
    return one.top <= other.bottom and other.top <= one.bottom
