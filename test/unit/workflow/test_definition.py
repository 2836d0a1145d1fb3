"""The ways to write down what follows what."""

from functools import reduce
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bigflow import Definition, Job, JobContext
from bigflow.workflow import graph


class Step(Job):
    def execute(self, context: JobContext) -> None: ...


def steps(*ids: str) -> list[Step]:
    return [Step(job_id) for job_id in ids]


def edges(definition: object) -> set[tuple[str, str]]:
    built = graph.build(Definition.of(definition).arrows())
    return {
        (built.jobs[before].id, built.jobs[after].id)  # type: ignore[attr-defined]
        for before, afters in enumerate(built.children)
        for after in afters
    }


def jobs(definition: object) -> list[str]:
    return [job.id for job in graph.build(Definition.of(definition).arrows()).jobs]  # type: ignore[attr-defined]


a, b, c, d, e = steps("a", "b", "c", "d", "e")
DIAMOND = {("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")}


def test_a_dict_a_list_and_arrows_say_the_same() -> None:
    assert edges({a: [b, c], b: [d], c: [d]}) == DIAMOND
    assert edges({a: (b, c), b: d, c: d, d: []}) == DIAMOND
    assert edges(a >> [b, c] >> d) == DIAMOND
    assert edges([a, [b, c], d]) == DIAMOND
    assert edges(Definition(a >> [b, c], [b, c] >> d)) == DIAMOND


def test_a_list_can_begin_a_line_of_arrows() -> None:
    assert edges([a, b] >> c) == {("a", "c"), ("b", "c")}


def test_lines_side_by_side() -> None:
    assert edges(a >> [b >> c, d] >> e) == {("a", "b"), ("b", "c"), ("a", "d"), ("c", "e"), ("d", "e")}


def test_arrows_are_values_and_can_be_gone_on_with_twice() -> None:
    trunk = a >> b
    assert edges(trunk >> c) == {("a", "b"), ("b", "c")}
    assert edges(trunk >> d) == {("a", "b"), ("b", "d")}
    assert edges(trunk) == {("a", "b")}


def test_arrows_before_and_after_a_written_definition() -> None:
    middle = Definition({b: [c]})
    assert edges(a >> middle >> d) == {("a", "b"), ("b", "c"), ("c", "d")}


def test_one_job_alone_and_none_at_all() -> None:
    assert jobs(a) == jobs([a]) == jobs({a: []}) == jobs({a: None}) == ["a"]
    assert jobs([]) == jobs({}) == jobs(Definition()) == []


def test_an_arrow_written_twice_is_one_arrow() -> None:
    assert graph.build(Definition({a: [b, b]}).arrows()).parents == ((), (0,))


@given(st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=3), min_size=2, max_size=12))
def test_arrows_equal_a_plain_model(layers: list[list[int]]) -> None:
    """Random layers, chained by `>>`: every job of a layer points at every one of the next."""
    parts = [[Step(f"l{depth}_{number}") for number in sorted(set(layer))] for depth, layer in enumerate(layers)]
    expected = {(before.id, after.id) for one, two in pairwise(parts) for before in one for after in two}
    assert edges(reduce(Definition.joined, parts)) == expected
    assert edges(parts) == expected


def test_a_hundred_thousand_arrows_in_a_row() -> None:
    every = [Step(str(number)) for number in range(100_000)]
    line: object = every[0]
    for step in every[1:]:
        line = line >> step  # type: ignore[operator]
    built = graph.build(Definition.of(line).arrows())
    assert [built.jobs[number] for number in graph.order(built)] == every
