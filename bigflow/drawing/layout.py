"""Turns the ranks of a graph into ordered layers in which every edge leads only from one layer to the next."""

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bigflow.drawing.graph import Graph, Pair

_PATIENCE = 6  # sweeps without a better order after which the best one stands


@dataclass(frozen=True, slots=True)
class Layered:
    """Items in layers: nodes have the graph's numbers, bends (where an edge passes a layer) the numbers after those.

    Edges from one node share their bends, so that they look like one line with branches. Those that close a cycle are
    drawn differently, and have their own.
    """

    layers: tuple[tuple[int, ...], ...]
    routes: dict[Pair, tuple[int, ...]]  # of each edge: the items that it passes, both ends included
    turned: dict[Pair, tuple[int, ...]]  # of each edge that closes a cycle: the same, from left to right


def size(graph: Graph) -> int:
    """How many nodes and bends the layers will hold; known beforehand, because bends can be very many."""
    reach = [0] * len(graph.nodes)
    for source, target in graph.edges:
        reach[source] = max(reach[source], graph.ranks[target] - graph.ranks[source] - 1)
    turned = sum(graph.ranks[source] - graph.ranks[target] for source, target in graph.back)
    return len(graph.nodes) + sum(reach) + turned


def layered(graph: Graph, members: Sequence[int], *, with_back: bool = False) -> Layered:
    """One component of the graph, ordered so that few edges cross."""
    bends = _Bends(graph)
    inside = set(members)
    routes = {pair: bends.route(*pair, False) for pair in graph.edges if pair[0] in inside}
    turned = {
        (source, target): bends.route(target, source, True)
        for source, target in graph.back
        if with_back and source in inside and source != target
    }
    steps = dict.fromkeys(step for route in (*routes.values(), *turned.values()) for step in pairwise(route))
    depth = 1 + max(graph.ranks[node] for node in members)
    layers: list[list[int]] = [[] for _ in range(depth)]
    for item in _depth_first(members, steps):
        layers[bends.rank(item)].append(item)
    return Layered(_untangled(layers, list(steps)), routes, turned)


class _Bends:
    """Numbers the places where edges pass layers."""

    def __init__(self, graph: Graph) -> None:
        self._ranks = list(graph.ranks)
        self._bends: dict[tuple[int, int, bool], int] = {}

    def rank(self, item: int) -> int:
        return self._ranks[item]

    def route(self, source: int, target: int, turned: bool) -> tuple[int, ...]:
        passed = range(self._ranks[source] + 1, self._ranks[target])
        return (source, *(self._bend(source, rank, turned) for rank in passed), target)

    def _bend(self, owner: int, rank: int, turned: bool) -> int:
        item = self._bends.setdefault((owner, rank, turned), len(self._ranks))
        if item == len(self._ranks):
            self._ranks.append(rank)
        return item


def _depth_first(members: Sequence[int], steps: Iterable[Pair]) -> list[int]:
    """Every item once, each followed by what it leads to: an order in which a tree has no crossings."""
    after: dict[int, list[int]] = {}
    for source, target in steps:
        after.setdefault(source, []).append(target)
    seen: dict[int, None] = {}
    targets = {target for _, target in steps}
    stack = [node for node in reversed(members) if node not in targets]
    while stack:
        item = stack.pop()
        if item not in seen:
            seen[item] = None
            stack.extend(reversed(after.get(item, ())))
    return list(seen)


def _untangled(layers: list[list[int]], steps: Sequence[Pair]) -> tuple[tuple[int, ...], ...]:
    """The layers in the best order that sweeping to and fro by barycentres finds."""
    before: dict[int, list[int]] = {}
    after: dict[int, list[int]] = {}
    for source, target in steps:
        after.setdefault(source, []).append(target)
        before.setdefault(target, []).append(source)
    best, fewest, patience = [list(layer) for layer in layers], _crossings(layers, after), _PATIENCE
    forward = True
    while fewest and patience:
        neighbours, step = (before, 1) if forward else (after, -1)
        order = layers[::step]
        for fixed, layer in pairwise(order):
            layer[:] = _by_barycentre(layer, fixed, neighbours)
        forward = not forward
        crossings = _crossings(layers, after)
        patience -= 1
        if crossings < fewest:
            best, fewest, patience = [list(layer) for layer in layers], crossings, _PATIENCE
    return tuple(map(tuple, best))


def _by_barycentre(layer: Sequence[int], fixed: Sequence[int], neighbours: dict[int, list[int]]) -> list[int]:
    """The layer with each item near its neighbours in `fixed`; items without neighbours keep their places."""
    place = {item: index for index, item in enumerate(fixed)}
    centre = {
        item: sum(place[neighbour] for neighbour in neighbours[item]) / len(neighbours[item])
        for item in layer
        if item in neighbours
    }
    moved = iter(sorted(centre, key=lambda item: centre[item]))
    return [next(moved) if item in centre else item for item in layer]


def _crossings(layers: Sequence[Sequence[int]], after: dict[int, list[int]]) -> int:
    return sum(_crossings_between(left, right, after) for left, right in pairwise(layers))


def _crossings_between(left: Sequence[int], right: Sequence[int], after: dict[int, list[int]]) -> int:
    """Pairs of edges of which one starts above and ends below the other."""
    place = {item: index for index, item in enumerate(right)}
    ends: list[int] = []
    crossings = 0
    for item in left:
        targets = sorted(place[target] for target in after.get(item, ()))
        crossings += sum(len(ends) - bisect_right(ends, target) for target in targets)
        for target in targets:
            insort(ends, target)
    return crossings
