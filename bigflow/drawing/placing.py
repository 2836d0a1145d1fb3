"""Turns ordered layers into heights, such that nothing overlaps and lines are as level as that allows."""

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise

from bigflow.drawing.graph import Pair
from bigflow.drawing.layout import Layered

_SWEEPS = 40
_ENDS_AT_BENDS = {0: 1.0, 1: 2.0, 2: 8.0}  # how much it matters that a line is level: long ones should not wriggle
_NEARLY = 1e-6

Heights = dict[int, float]


def centres(layered: Layered, heights: Mapping[int, float], gap: float) -> Heights:
    """The vertical centre of each item, from 0 down. An item without a height is a bend."""
    columns = [(layer, _offsets(layer, heights, gap)) for layer in layered.layers]
    steps = _steps(layered, heights)
    y = _spread(columns, steps)
    _level(y, columns, steps, gap)
    top = min(centre - heights.get(item, 0) / 2 for item, centre in y.items())
    return {item: centre - top for item, centre in y.items()}


def _steps(layered: Layered, heights: Mapping[int, float]) -> dict[Pair, float]:
    """The lines between neighbouring layers, and how much it matters that each is level."""
    routes = (*layered.routes.values(), *layered.turned.values())
    steps = {step for route in routes for step in pairwise(route)}
    return {step: _ENDS_AT_BENDS[sum(item not in heights for item in step)] for step in sorted(steps)}


def _offsets(layer: Sequence[int], heights: Mapping[int, float], gap: float) -> list[float]:
    """The centres of a layer whose items are as close together as they may be."""
    needs = [(heights.get(upper, 0) + heights.get(lower, 0)) / 2 + gap for upper, lower in pairwise(layer)]
    return list(accumulate(needs, initial=0.0))


Columns = Sequence[tuple[Sequence[int], Sequence[float]]]  # layers with their offsets


def _spread(columns: Columns, steps: Mapping[Pair, float]) -> Heights:
    """An even picture: again and again, each layer moves to the means of its neighbours, as far as it has room."""
    y = {item: offset for layer, offsets in columns for item, offset in zip(layer, offsets, strict=True)}
    pulls: dict[int, list[tuple[int, float]]] = {item: [] for item in y}
    for (left, right), weight in steps.items():
        pulls[left].append((right, weight))
        pulls[right].append((left, weight))
    for sweep in range(_SWEEPS if steps else 0):
        for layer, offsets in columns if sweep % 2 else reversed(columns):
            weights = [sum(weight for _, weight in pulls[item]) for item in layer]
            sums = [sum(y[other] * weight for other, weight in pulls[item]) for item in layer]
            wanted = [total / weight for total, weight in zip(sums, weights, strict=True)]
            y |= zip(layer, _apart(wanted, weights, offsets), strict=True)
    return y


def _apart(wanted: Sequence[float], weights: Sequence[float], offsets: Sequence[float]) -> list[float]:
    """The places nearest to the wanted ones (least squares) that keep the distances between the offsets."""
    pools: list[tuple[float, float, int]] = []  # mean, weight, members
    for value, weight, offset in zip(wanted, weights, offsets, strict=True):
        pool = (value - offset, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            mean, heavy, members = pools.pop()
            total = heavy + pool[1]
            pool = ((mean * heavy + pool[0] * pool[1]) / total, total, members + pool[2])
        pools.append(pool)
    rising = (mean for mean, _, members in pools for _ in range(members))
    return [value + offset for value, offset in zip(rising, offsets, strict=True)]


def _level(y: Heights, columns: Columns, steps: Mapping[Pair, float], most: float) -> None:
    """Makes lines that climb a little (`most`) level, the most important first; what is level moves as one block."""
    room = _Room(y, columns)
    block = {item: [item] for item in y}
    for left, right in sorted(steps, key=lambda step: (-steps[step], abs(y[step[0]] - y[step[1]]))):
        if block[left] is block[right] or abs(y[left] - y[right]) > most:
            continue
        both = [*block[left], *block[right]]
        mean = sum(y[item] for item in both) / len(both)
        for height in (mean, y[left], y[right]):
            if all(room.has(item, height) for item in both):
                y |= dict.fromkeys(both, height)
                block |= dict.fromkeys(both, both)
                break


class _Room:
    """How far an item may move while the others of its layer stay."""

    def __init__(self, y: Heights, columns: Columns) -> None:
        self._y = y
        self._above: dict[int, tuple[int, float]] = {}
        self._below: dict[int, tuple[int, float]] = {}
        for layer, offsets in columns:
            for (upper, start), (lower, end) in pairwise(zip(layer, offsets, strict=True)):
                self._above[lower] = (upper, end - start)
                self._below[upper] = (lower, end - start)

    def has(self, item: int, height: float) -> bool:
        above, distance = self._above.get(item, (item, 0.0))
        free_above = above == item or height - self._y[above] > distance - _NEARLY
        below, distance = self._below.get(item, (item, 0.0))
        return free_above and (below == item or self._y[below] - height > distance - _NEARLY)
