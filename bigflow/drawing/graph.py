"""Turns a picture into numbered nodes with ranks, an acyclic set of edges, and the edges that close cycles."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bigflow.drawing.picture import Node, Picture

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Graph:
    """A picture in numbers. Each node and edge is there once, and both ends of every edge exist."""

    nodes: tuple[Node, ...]
    edges: tuple[Pair, ...]  # without those of `back`, so free of cycles
    back: tuple[Pair, ...]
    ranks: tuple[int, ...]  # of each node: the length of the longest path that leads to it

    def components(self) -> list[list[int]]:
        """The nodes of each connected part, the part of the first node first."""
        neighbours = _adjacent(len(self.nodes), [*self.edges, *((target, source) for source, target in self.edges)])
        seen = [False] * len(self.nodes)
        found = []
        for start in range(len(self.nodes)):
            if not seen[start]:
                found.append(sorted(_reached(start, neighbours, seen)))
        return found


def graph(picture: Picture) -> Graph:
    """The picture in numbers, in the order in which it was declared."""
    named = {node.id: node for node in reversed(picture.nodes)}
    ends = [end for edge in picture.edges for end in (edge.source, edge.target)]
    ids = dict.fromkeys([*(node.id for node in picture.nodes), *ends])
    number = {node_id: index for index, node_id in enumerate(ids)}
    pairs = dict.fromkeys((number[edge.source], number[edge.target]) for edge in picture.edges)
    back = _closing_cycles(len(ids), pairs)
    edges = tuple(pair for pair in pairs if pair not in back)
    return Graph(
        nodes=tuple(named.get(node_id) or Node(node_id) for node_id in ids),
        edges=edges,
        back=tuple(pair for pair in pairs if pair in back),
        ranks=longest_paths(len(ids), edges),
    )


def _adjacent(count: int, pairs: Iterable[Pair]) -> list[list[int]]:
    after: list[list[int]] = [[] for _ in range(count)]
    for source, target in pairs:
        after[source].append(target)
    return after


def _reached(start: int, neighbours: Sequence[Sequence[int]], seen: list[bool]) -> list[int]:
    seen[start] = True
    found = [start]
    for node in found:  # grows while it is walked
        for neighbour in neighbours[node]:
            if not seen[neighbour]:
                seen[neighbour] = True
                found.append(neighbour)
    return found


def _closing_cycles(count: int, pairs: Iterable[Pair]) -> set[Pair]:
    """The edges that lead back to a node on the path by which a depth-first walk came."""
    pairs = list(pairs)
    after = _adjacent(count, pairs)
    targets = {target for _, target in pairs}
    roots_first = sorted(range(count), key=lambda node: node in targets)
    back: set[Pair] = set()
    done = [False] * count
    on_path = [False] * count
    for start in roots_first:
        path = [] if done[start] else [(start, iter(after[start]))]
        on_path[start] = bool(path)
        while path:
            node, rest = path[-1]
            for target in rest:
                if on_path[target]:
                    back.add((node, target))
                elif not done[target]:
                    on_path[target] = True
                    path.append((target, iter(after[target])))
                    break
            else:
                path.pop()
                on_path[node] = False
                done[node] = True
    return back


def longest_paths(count: int, edges: Iterable[Pair]) -> tuple[int, ...]:
    """For each of `count` nodes the length of the longest path that leads to it; the edges are free of cycles."""
    edges = list(edges)
    after = _adjacent(count, edges)
    waiting = [0] * count
    for _, target in edges:
        waiting[target] += 1
    ranks = [0] * count
    ready = deque(node for node in range(count) if not waiting[node])
    while ready:
        node = ready.popleft()
        for target in after[node]:
            ranks[target] = max(ranks[target], ranks[node] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return tuple(ranks)
