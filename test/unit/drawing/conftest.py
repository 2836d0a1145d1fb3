"""Turns short notations and random choices into pictures."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import strategies as st

from bigflow.drawing.picture import Edge, Node, Picture


def _picture(notation: str) -> Picture:
    """`a > b c > d; e` is a diamond from a to d, and e alone."""
    ids: dict[str, None] = {}
    edges: list[Edge] = []
    for part in notation.split(";"):
        steps = [step.split() for step in part.split(">")]
        ids |= dict.fromkeys(word for step in steps for word in step)
        for sources, targets in pairwise(steps):
            edges += [Edge(source, target) for source in sources for target in targets]
    return Picture("sketch", tuple(map(Node, ids)), tuple(edges))


@pytest.fixture(scope="session")
def sketch() -> Callable[[str], Picture]:
    return _picture


@st.composite
def _pictures(draw: st.DrawFn) -> Picture:
    """Of nodes named n0, n1, ...; half of them sound, half with whatever can be wrong with a graph."""
    count = draw(st.integers(0, 11))
    numbers = draw(st.permutations(range(count)))
    number = st.integers(0, max(count - 1, 0))
    pairs = draw(st.lists(st.tuples(number, number), max_size=2 * count)) if count else []
    if draw(st.booleans()):
        nodes = tuple(Node(f"n{index}") for index in numbers)
        return Picture("", nodes, tuple(Edge(f"n{a}", f"n{b}") for a, b in pairs if a < b))
    declared = draw(st.lists(number, max_size=count)) if count else []
    return Picture("", tuple(Node(f"n{index}") for index in declared), tuple(Edge(f"n{a}", f"n{b}") for a, b in pairs))


st.register_type_strategy(Picture, _pictures())
