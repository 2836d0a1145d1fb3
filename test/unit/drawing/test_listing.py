"""The list is read back: what it says about stages and parents must be what the graph says."""

import re

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bigflow.drawing.graph import Graph, graph
from bigflow.drawing.listing import listing
from bigflow.drawing.picture import Edge, Node, Picture


def listed(drawn: Graph, width: int) -> list[str]:
    ids = [node.id for node in drawn.nodes]
    return listing(drawn, ids, ids, width, "←")


def read_back(lines: list[str]) -> tuple[dict[str, int], set[tuple[str, str]]]:
    """The stage of every name, and the edges."""
    start = len(re.match(r" *1  ", lines[0])[0])  # type: ignore[index]
    stage_of: dict[str, int] = {}
    words: dict[str, str] = {}
    name = ""
    for line in lines:
        if line[start] != " ":
            name, _, tail = line[start:].replace(" ", "").partition("←")
            stage_of[name] = int(line[:start]) if line[:start].strip() else list(stage_of.values())[-1]
            words[name] = tail
        else:
            words[name] += line.replace(" ", "").removeprefix("←")
    edges = set()
    for target, found in words.items():
        for word in filter(None, found.split(",")):
            members = [one for one, stage in stage_of.items() if word == f"allof{stage}"]
            edges |= {(source, target) for source in members or [word]}
    return stage_of, edges


@settings(deadline=None)
@given(st.from_type(Picture), st.integers(1, 60))
def test_a_list_says_exactly_the_edges_and_the_stages(picture: Picture, width: int) -> None:
    drawn = graph(picture)
    assume(drawn.nodes)
    stages, edges = read_back(listed(drawn, width))
    assert edges == {(drawn.nodes[source].id, drawn.nodes[target].id) for source, target in drawn.edges}
    assert stages == {node.id: rank + 1 for node, rank in zip(drawn.nodes, drawn.ranks, strict=True)}
    assert list(stages.values()) == sorted(stages.values())


def test_a_large_stage_is_named_by_its_number_only_where_all_of_it_is_meant() -> None:
    roots = [f"n{number}" for number in range(5)]
    edges = [Edge(root, "all") for root in roots] + [Edge(root, "some") for root in roots[1:]]
    lines = listed(graph(Picture("", tuple(map(Node, roots)), tuple(edges))), 80)
    assert lines[-2:] == ["2  all   ← all of 1", "   some  ← n1, n2, n3, n4"]


@given(st.integers(24, 90))
def test_parents_fill_the_width_and_keep_within_it(width: int) -> None:
    roots = [f"n{number}" for number in range(30)]
    edges = tuple(Edge(root, "last") for root in roots[:-1])
    lines = listed(graph(Picture("", tuple(map(Node, roots)), edges)), width)[30:]
    assert max(map(len, lines)) <= width
    assert all(len(line) + len(" n11,") > width for line in lines[:-1])
