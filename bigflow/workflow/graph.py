"""Turns arrows between jobs into an indexed graph that can be ordered and searched for cycles, in linear time."""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple


class Graph(NamedTuple):
    """Jobs by number, in the order of writing, with the numbers of those before and after each."""

    jobs: tuple[object, ...]
    parents: tuple[tuple[int, ...], ...]
    children: tuple[tuple[int, ...], ...]


def build(arrows: Iterable[tuple[object, tuple[object, ...]]]) -> Graph:
    """The graph of `job -> those that follow it`. A job is the object itself: two with one id stay two."""
    numbers: dict[int, int] = {}
    jobs: list[object] = []
    children: list[dict[int, None]] = []

    def number(job: object) -> int:
        known = numbers.setdefault(id(job), len(jobs))
        if known == len(jobs):
            jobs.append(job)
            children.append({})
        return known

    for before, afters in arrows:
        following = children[number(before)]
        for after in afters:
            following[number(after)] = None

    parents: list[list[int]] = [[] for _ in jobs]
    for before_number, following in enumerate(children):
        for after_number in following:
            parents[after_number].append(before_number)
    return Graph(tuple(jobs), tuple(map(tuple, parents)), tuple(map(tuple, children)))


def order(graph: Graph) -> tuple[int, ...]:
    """Every job after all that it needs, in the order of writing, each job's missing parents first. No cycles."""
    ordered: list[int] = []
    done = [False] * len(graph.jobs)
    for start in range(len(graph.jobs)):
        path = [(start, 0)]
        while path:
            job, seen = path.pop()
            if done[job]:
                continue
            if seen < len(graph.parents[job]):
                path.append((job, seen + 1))
                path.append((graph.parents[job][seen], 0))
            else:
                done[job] = True
                ordered.append(job)
    return tuple(ordered)


def cycles(graph: Graph, most: int = 10) -> list[list[int]]:
    """Cycles that share no job, `most` at the most: nobody mends more at once, and the time stays linear."""
    waiting_for = [len(parents) for parents in graph.parents]
    gone = [False] * len(graph.jobs)
    free = deque(job for job, count in enumerate(waiting_for) if count == 0)
    found: list[list[int]] = []
    first = 0
    while True:
        _peel(graph, free, waiting_for, gone)
        while first < len(gone) and gone[first]:
            first += 1
        if first == len(gone) or len(found) == most:
            return found
        cycle = _cycle_above(graph, first, gone)
        found.append(cycle)
        for job in cycle:
            waiting_for[job] = 0
            free.append(job)


def _peel(graph: Graph, free: "deque[int]", waiting_for: list[int], gone: list[bool]) -> None:
    """Take away every job that waits for nothing, and then those that waited only for it."""
    while free:
        job = free.popleft()
        if gone[job]:
            continue
        gone[job] = True
        for child in graph.children[job]:
            waiting_for[child] -= 1
            if waiting_for[child] == 0:
                free.append(child)


def _cycle_above(graph: Graph, start: int, gone: list[bool]) -> list[int]:
    """Walk from parent to parent; what is left always has one, so the walk meets itself."""
    seen: dict[int, int] = {}
    walk: list[int] = []
    job = start
    while job not in seen:
        seen[job] = len(walk)
        walk.append(job)
        job = next(parent for parent in graph.parents[job] if not gone[parent])
    cycle = walk[seen[job] :][::-1]
    first = cycle.index(min(cycle))  # told from the job that was written first
    return cycle[first:] + cycle[:first]
