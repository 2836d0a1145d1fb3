"""The lines of a drawing are followed by a tracer that knows only how they are meant to be read."""

import re
from collections.abc import Callable, Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.drawing.graph import graph
from bigflow.drawing.layout import layered
from bigflow.drawing.nets import wiring
from bigflow.drawing.picture import Edge, Node, Picture
from bigflow.drawing.wires import ASCII, UNICODE, wired

LEFT, RIGHT, UP, DOWN = "left", "right", "up", "down"
STEP = {RIGHT: (0, 1), UP: (-1, 0), DOWN: (1, 0)}
BACK = {RIGHT: LEFT, UP: DOWN, DOWN: UP}
ARMS = {
    "─": {LEFT, RIGHT},
    "│": {UP, DOWN},
    "┐": {LEFT, DOWN},
    "┘": {LEFT, UP},
    "┌": {RIGHT, DOWN},
    "└": {RIGHT, UP},
    "┬": {LEFT, RIGHT, DOWN},
    "┴": {LEFT, RIGHT, UP},
    "┤": {LEFT, UP, DOWN},
    "├": {RIGHT, UP, DOWN},
    "┼": {LEFT, RIGHT, UP, DOWN},
}
STANDING = {"-": set(), "|": {UP, DOWN}, ".": {DOWN}, "'": {UP}, "+": {UP, DOWN}}


class Tracer:
    """Walks along lines: to the right, and up or down where there is an arm, never to the left."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.names = {
            (row, match.start()): match[0] for row, line in enumerate(lines) for match in re.finditer(r"n\d+", line)
        }
        self.walked: set[tuple[int, int]] = set()

    def edges(self) -> set[tuple[str, str]]:
        found = set()
        for (row, start), name in self.names.items():
            found |= {(name, target) for target in self._targets(row, start + len(name) + 1)}
        return found

    def strays(self) -> list[tuple[int, int]]:
        """Pieces of lines that lead from no name to any."""
        drawn = {
            (row, column)
            for row, line in enumerate(self.lines)
            for column, mark in enumerate(re.sub(r"n\d+", lambda name: " " * len(name[0]), line))
            if mark != " "
        }
        return sorted(drawn - self.walked)

    def _targets(self, row: int, column: int) -> set[str]:
        if self._mark(row, column) == " ":
            return set()
        found, seen = set(), set()
        ahead = [(row, column, RIGHT)]
        while ahead:
            at = ahead.pop()
            if at in seen:
                continue
            seen.add(at)
            row, column, heading = at
            if self._mark(row, column) == " " and heading == RIGHT:
                found.add(self.names[row, column + 1])
                continue
            self.walked.add((row, column))
            arms = self._arms(row, column)
            if arms == {UP, DOWN} and heading == RIGHT:
                ahead.append((row, column + 1, RIGHT))  # beneath a bridge
                continue
            assert BACK[heading] in arms, f"a line ends at row {row}, column {column}, where {heading} leads nowhere"
            ahead += [(row + STEP[arm][0], column + STEP[arm][1], arm) for arm in arms - {LEFT, BACK[heading]}]
        return found

    def _mark(self, row: int, column: int) -> str:
        return self.lines[row][column] if 0 <= row < len(self.lines) and 0 <= column < len(self.lines[row]) else " "

    def _arms(self, row: int, column: int) -> set[str]:
        mark = self._mark(row, column)
        if mark in ARMS:
            return ARMS[mark]
        arms = set(STANDING[mark])
        if mark == "|":
            return arms
        # In ASCII what a junction does to the sides is said by what stands there.
        sides = {LEFT: self._mark(row, column - 1), RIGHT: self._mark(row, column + 1)}
        return arms | ({LEFT, RIGHT} if mark == "-" else {side for side, beside in sides.items() if beside == "-"})


def drawings(picture: Picture, glyphs: Mapping[int, str]) -> list[Sequence[str]]:
    drawn = graph(picture)
    names = {number: node.id for number, node in enumerate(drawn.nodes)}
    return [
        wired(wiring(layered(drawn, members)), {member: names[member] for member in members}, glyphs).lines
        for members in drawn.components()
    ]


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
@given(picture=st.from_type(Picture))
def test_the_lines_say_exactly_the_edges(glyphs: Mapping[int, str], picture: Picture) -> None:
    traced: set[tuple[str, str]] = set()
    names: list[str] = []
    for lines in drawings(picture, glyphs):
        tracer = Tracer(lines)
        traced |= tracer.edges()
        names += tracer.names.values()
        assert tracer.strays() == []
    drawn = graph(picture)
    assert traced == {(drawn.nodes[source].id, drawn.nodes[target].id) for source, target in drawn.edges}
    assert sorted(names) == sorted(node.id for node in drawn.nodes)


@given(st.sets(st.tuples(st.integers(0, 9), st.integers(10, 19)), min_size=1))
def test_any_tangle_between_two_layers_is_untangled_rightly(pairs: set[tuple[int, int]]) -> None:
    ends = sorted({end for pair in pairs for end in pair})
    edges = tuple(Edge(f"n{source}", f"n{target}") for source, target in sorted(pairs))
    traced = [
        Tracer(lines).edges() for lines in drawings(Picture("", tuple(Node(f"n{n}") for n in ends), edges), UNICODE)
    ]
    assert set().union(*traced) == {(edge.source, edge.target) for edge in edges}


def test_a_line_beneath_another_is_counted(sketch: Callable[[str], Picture]) -> None:
    drawn = graph(sketch("a > x y; b > y z; c > z x"))
    names = {number: node.id for number, node in enumerate(drawn.nodes)}
    drawing = wired(wiring(layered(drawn, range(6))), names, UNICODE)
    assert drawing.bridges == sum(line.count("─│─") for line in drawing.lines) > 0
