"""Order and cycles, against the standard library's sorter and a plain search."""

import graphlib

from hypothesis import given
from hypothesis import strategies as st

from bigflow.workflow import graph

ARROWS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40)


def build(arrows: list[tuple[int, int]]) -> graph.Graph:
    names = {number: f"job {number}" for pair in arrows for number in pair}
    return graph.build((names[before], (names[after],)) for before, after in arrows)


def is_acyclic(built: graph.Graph) -> bool:
    try:
        graphlib.TopologicalSorter(dict(enumerate(built.parents))).prepare()
    except graphlib.CycleError:
        return False
    return True


@given(ARROWS)
def test_cycles_are_found_exactly_where_there_are_some(arrows: list[tuple[int, int]]) -> None:
    built = build(arrows)
    found = graph.cycles(built)
    assert bool(found) != is_acyclic(built)
    for cycle in found:
        for before, after in zip(cycle, [*cycle[1:], cycle[0]], strict=True):
            assert after in built.children[before], "each arrow that is printed exists"
    every = [job for cycle in found for job in cycle]
    assert len(every) == len(set(every)), "no job is in two of them"


@given(ARROWS)
def test_nothing_runs_before_what_it_needs(arrows: list[tuple[int, int]]) -> None:
    built = build([(min(pair), max(pair)) for pair in arrows if pair[0] != pair[1]])
    order = graph.order(built)
    assert sorted(order) == list(range(len(built.jobs)))
    place = {job: at for at, job in enumerate(order)}
    assert all(place[parent] < place[job] for job in order for parent in built.parents[job])


def test_the_order_is_that_of_writing_where_it_can_be() -> None:
    built = graph.build([("report", ()), ("clean", ("report",)), ("fetch", ("clean",)), ("extra", ())])
    assert [built.jobs[number] for number in graph.order(built)] == ["fetch", "clean", "report", "extra"]


def test_nobody_is_shown_more_cycles_than_can_be_mended_at_once() -> None:
    names = [str(number) for number in range(50)]
    built = graph.build((name, (name,)) for name in names)
    assert len(graph.cycles(built)) == 10


def test_a_hundred_thousand_jobs() -> None:
    size = 100_000
    names = [str(number) for number in range(size)]
    chain = graph.build((names[n], (names[n + 1],)) for n in reversed(range(size - 1)))
    fan = graph.build([(names[0], tuple(names[1:]))])
    funnel = graph.build((name, (names[-1],)) for name in names[:-1])
    for built in (chain, fan, funnel):
        assert graph.cycles(built) == []
        assert len(graph.order(built)) == size


def test_one_cycle_of_a_hundred_thousand_jobs() -> None:
    size = 100_000
    names = [str(number) for number in range(size)]
    ring = graph.build((names[n], (names[(n + 1) % size],)) for n in range(size))
    assert [len(cycle) for cycle in graph.cycles(ring)] == [size]
