"""Turns the nets of one component of a graph into lines of text: names from left to right with lines between them.

How it is read: go right from a name; on a vertical line also up or down; never left. A `│` in the middle of a
horizontal line is a bridge: the two have nothing to do with each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bigflow.drawing.nets import Net, Wiring
from bigflow.drawing.rows import rows
from bigflow.drawing.tracks import Bar, tracks
from bigflow.drawing.words import cells

_LEFT, _RIGHT, _UP, _DOWN = 1, 2, 4, 8
_ARMS = (3, 12, 9, 5, 10, 6, 11, 7, 14, 13, 15)
UNICODE = dict(zip(_ARMS, "─│┐┘┌└┬┴├┤┼", strict=True))
# A dot hangs and an apostrophe stands, so that junctions in neighbouring rows do not look joined.
ASCII = dict(zip(_ARMS, "-|.'.'.'+++", strict=True))


@dataclass(frozen=True, slots=True)
class Wired:
    """The drawing of a component, and how often a line has to pass beneath another."""

    lines: tuple[str, ...]
    bridges: int


def wired(nets: Wiring, names: Mapping[int, str], glyphs: Mapping[int, str]) -> Wired:
    """The component with every node under its name; `glyphs` is UNICODE or ASCII."""
    canvas = _Canvas(rows(nets))
    column: dict[Net, int] = {}
    for layer, channel in zip(nets.layers, [*nets.channels, ()], strict=True):
        canvas.write(layer, names)
        column |= canvas.reserve(channel)
    for net in column:
        canvas.draw_across(net, column[net])
    bridges = sum(canvas.draw_along(net, column[net]) for net in column)
    return Wired(canvas.lines(glyphs), bridges)


class _Canvas:
    """Names and lines in rows and columns, filled from left to right."""

    def __init__(self, row: Mapping[int, int]) -> None:
        self._row = row
        self._width = 0
        self._names: dict[tuple[int, int], str] = {}
        self._arms: dict[tuple[int, int], int] = {}
        self._entry: dict[int, int] = {}  # the column at which the line to an item ends
        self._exit: dict[int, int] = {}  # the column at which the line from an item begins

    def write(self, layer: Sequence[int], names: Mapping[int, str]) -> None:
        """A layer of names and of lines that pass by, or one of strands, which takes no room."""
        widths = [cells(names[item]) for item in layer if item in names]
        start = self._width + 1 if self._width else 0
        end = start + max(widths) + 1 if widths else self._width - 1
        for item in layer:
            self._entry[item] = start - 2
            self._exit[item] = end
            if item in names:
                self._names[self._row[item], start] = names[item]
                self._exit[item] = start + cells(names[item]) + 1
            else:
                self._line(item, start - 1, end)
        self._width = end

    def reserve(self, channel: Sequence[Net]) -> dict[Net, int]:
        """Room for the lines of a channel; the column in which each net turns up and down."""
        bars = [Bar(self._rows(net.lefts), self._rows(net.rights)) for net in channel]
        start, places = self._width, tracks(bars)
        self._width += 2 * max(places) + 1 if any(places) else 2
        return {net: start + max(0, 2 * place - 1) for net, place in zip(channel, places, strict=True)}

    def draw_across(self, net: Net, column: int) -> None:
        for item in net.lefts:
            self._line(item, self._exit[item], column)
            self._join(self._row[item], column, _LEFT)
        for item in net.rights:
            self._join(self._row[item], column, _RIGHT)
            self._line(item, column + 1, self._entry[item] + 1)

    def draw_along(self, net: Net, column: int) -> int:
        """The vertical line of a net; the number of horizontal lines over which it leads."""
        own = {self._row[item] for item in (*net.lefts, *net.rights)}
        top, bottom = min(own), max(own)
        bridges = 0
        for row in range(top, bottom + 1):
            bridges += row not in own and self._arms.pop((row, column), 0) > 0
            self._join(row, column, (_UP if row > top else 0) | (_DOWN if row < bottom else 0))
        return bridges

    def lines(self, glyphs: Mapping[int, str]) -> tuple[str, ...]:
        lines = [""] * (1 + max(self._row.values()))
        marks = self._names | {place: glyphs[arms] for place, arms in self._arms.items()}
        for (row, column), mark in sorted(marks.items()):
            lines[row] += " " * (column - cells(lines[row])) + mark
        return tuple(lines)

    def _rows(self, items: Iterable[int]) -> frozenset[int]:
        return frozenset(self._row[item] for item in items)

    def _line(self, item: int, start: int, end: int) -> None:
        for column in range(start, end):
            self._join(self._row[item], column, _LEFT | _RIGHT)

    def _join(self, row: int, column: int, arms: int) -> None:
        self._arms[row, column] = self._arms.get((row, column), 0) | arms
