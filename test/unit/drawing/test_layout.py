"""What the drawings start from: numbers, ranks, layers, heights."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigflow.drawing.graph import graph
from bigflow.drawing.layout import layered, size
from bigflow.drawing.picture import Edge, Node, Picture
from bigflow.drawing.placing import centres

Sketch = Callable[[str], Picture]


@given(st.from_type(Picture))
def test_every_edge_of_the_numbered_graph_leads_to_a_higher_rank_and_every_rank_is_needed(picture: Picture) -> None:
    drawn = graph(picture)
    ranks = drawn.ranks
    assert all(ranks[source] < ranks[target] for source, target in drawn.edges)
    entered = {target for source, target in drawn.edges if ranks[target] == ranks[source] + 1}
    assert entered == {node for node, rank in enumerate(ranks) if rank}
    assert all(ranks[source] >= ranks[target] for source, target in drawn.back)


def test_the_edge_that_closes_a_cycle_is_the_one_that_leads_back_towards_the_beginning() -> None:
    nodes = (Node("late"), Node("early"), Node("start"))
    edges = (Edge("late", "early"), Edge("early", "late"), Edge("start", "early"))
    drawn = graph(Picture("", nodes, edges))
    assert [(drawn.nodes[source].id, drawn.nodes[target].id) for source, target in drawn.back] == [("late", "early")]


@given(st.from_type(Picture))
def test_parts_are_complete_and_apart(picture: Picture) -> None:
    drawn = graph(picture)
    part_of = {node: index for index, part in enumerate(drawn.components()) for node in part}
    assert sorted(part_of) == list(range(len(drawn.nodes)))
    assert all(part_of[source] == part_of[target] for source, target in (*drawn.edges, *drawn.back))
    assert len(set(part_of.values())) >= len(drawn.nodes) - len(drawn.edges)


@given(st.from_type(Picture))
def test_every_edge_passes_every_layer_on_its_way(picture: Picture) -> None:
    drawn = graph(picture)
    items = 0
    for members in drawn.components():
        layers = layered(drawn, members, with_back=True)
        items += sum(map(len, layers.layers))
        rank = {item: number for number, layer in enumerate(layers.layers) for item in layer}
        assert {item for item in rank if item < len(drawn.nodes)} == set(members)
        for (source, target), route in layers.routes.items():
            assert (route[0], route[-1]) == (source, target)
        for (source, target), route in layers.turned.items():
            assert (route[0], route[-1]) == (target, source)
        for route in (*layers.routes.values(), *layers.turned.values()):
            assert all(rank[b] - rank[a] == 1 for a, b in pairwise(route))
            assert all(bend >= len(drawn.nodes) for bend in route[1:-1])
    assert items <= size(drawn)


@pytest.mark.parametrize(
    "notation",
    [
        "a > b c; c > c1 c2; b > b1 b2",
        "a1 a2 > a; b1 b2 > b; b a > r",
        "a > d; b > c; x > a b",
        "a > p; b > q; c > p; p q > r",
        "a > x y; b > z; c > y; d > z; x y z > end",
        "settings > extract > clean > load; settings > clean; settings > load",
    ],
)
def test_what_can_be_drawn_without_a_crossing_is(notation: str, sketch: Sketch) -> None:
    drawn = graph(sketch(notation))
    for members in drawn.components():
        layers = layered(drawn, members)
        place = {item: index for layer in layers.layers for index, item in enumerate(layer)}
        steps = {step for route in layers.routes.values() for step in pairwise(route)}
        for left, right in pairwise(layers.layers):
            between = [(place[a], place[b]) for a, b in steps if a in left and b in right]
            assert not [1 for a, b in between for c, d in between if a < c and b > d]


def test_the_declared_order_decides_where_nothing_else_does(sketch: Sketch) -> None:
    drawn = graph(sketch("a > z y x > end"))
    assert layered(drawn, range(5)).layers == ((0,), (1, 2, 3), (4,))


@settings(deadline=None)
@given(st.from_type(Picture), st.integers(1, 40), st.integers(1, 40))
def test_heights_keep_the_order_and_the_gap(picture: Picture, height: int, gap: int) -> None:
    drawn = graph(picture)
    for members in drawn.components():
        layers = layered(drawn, members, with_back=True)
        heights = {node: float(height + node % 3) for node in members}
        y = centres(layers, heights, float(gap))
        assert min(y[item] - heights.get(item, 0) / 2 for item in y) == pytest.approx(0)
        for layer in layers.layers:
            for upper, lower in pairwise(layer):
                free = y[lower] - y[upper] - (heights.get(upper, 0) + heights.get(lower, 0)) / 2
                assert free >= gap - 0.001


def test_a_fork_is_even_and_a_chain_is_level(sketch: Sketch) -> None:
    drawn = graph(sketch("fetch > clean > by_country by_product > report > end"))
    y = centres(layered(drawn, range(6)), dict.fromkeys(range(6), 30.0), 20.0)
    assert y[0] == y[1] == pytest.approx((y[2] + y[3]) / 2) == y[4] == y[5]
    assert y[3] - y[2] == pytest.approx(50)


def test_bends_are_counted_before_they_are_made() -> None:
    ids = [f"n{number}" for number in range(5_000)]
    chain = [Edge(*pair) for pair in pairwise(ids)]
    shortcuts = [Edge(source, ids[-1]) for source in ids[:-2]]
    drawn = graph(Picture("", tuple(map(Node, ids)), (*chain, *shortcuts)))
    assert size(drawn) == 5_000 + sum(range(1, 4_999))
