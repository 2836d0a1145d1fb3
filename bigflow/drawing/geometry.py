"""Turns a graph into boxes and lines with coordinates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bigflow.drawing.graph import Graph, Pair
from bigflow.drawing.layout import Layered, layered
from bigflow.drawing.placing import centres

_ROW_GAP = 20.0
_COLUMN_GAP, _WIDEST_GAP, _SLOPE = 48.0, 160.0, 0.15
_PART_GAP = 36.0
_BACK_SHIFT = 0.28  # of a box's height: lines that close a cycle do not lie on those that lead forward

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Size:
    """What a box needs for its words."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; `x` and `y` are its upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Plan:
    """Where everything is. A line's points come in pairs: it swings from the first of a pair to the second, then is
    level up to the next pair.
    """

    boxes: dict[int, Box]
    lines: dict[Pair, tuple[Point, ...]]
    width: float
    height: float


def plan(graph: Graph, sizes: Sequence[Size]) -> Plan:
    """The connected parts of the graph, one below the other."""
    boxes: dict[int, Box] = {}
    lines: dict[Pair, tuple[Point, ...]] = {}
    width, bottom = 0.0, -_PART_GAP
    for members in graph.components():
        part = _Part(layered(graph, members, with_back=True), sizes, bottom + _PART_GAP)
        boxes |= part.boxes
        lines |= part.lines()
        width, bottom = max(width, part.right), part.bottom
    return Plan(boxes, lines, width, max(bottom, 0.0))


class _Part:
    """One connected part of a graph, with its upper edge at `top`."""

    def __init__(self, layers: Layered, sizes: Sequence[Size], top: float) -> None:
        self._layers = layers
        heights = {item: sizes[item].height for layer in layers.layers for item in layer if item < len(sizes)}
        self._y = {item: top + y for item, y in centres(layers, heights, _ROW_GAP).items()}
        self._column: dict[int, tuple[float, float]] = {}  # of each item: where its column begins and ends
        self.boxes: dict[int, Box] = {}
        self.right = 0.0
        for layer, gap in zip(layers.layers, [*self._gaps(), 0.0], strict=True):
            width = max(sizes[item].width for item in layer if item in heights)
            self._column |= dict.fromkeys(layer, (self.right, self.right + width))
            self.boxes |= {
                item: Box(self.right, self._y[item] - heights[item] / 2, width, heights[item])
                for item in layer
                if item in heights
            }
            self.right += width + gap
        self.bottom = max(y + heights.get(item, 0) / 2 for item, y in self._y.items())

    def lines(self) -> dict[Pair, tuple[Point, ...]]:
        """The points of each line, from its source to its target; loops are not among them."""
        forward = {pair: tuple(self._points(route, 0.0)) for pair, route in self._layers.routes.items()}
        back = {pair: tuple(self._points(route, _BACK_SHIFT))[::-1] for pair, route in self._layers.turned.items()}
        return forward | back

    def _points(self, route: Sequence[int], shift: float) -> Iterator[Point]:
        first, *bends, last = route
        yield self._column[first][1], self._y[first] + shift * self.boxes[first].height
        for bend in bends:
            begin, end = self._column[bend]
            yield begin, self._y[bend]
            yield end, self._y[bend]
        yield self._column[last][0], self._y[last] + shift * self.boxes[last].height

    def _gaps(self) -> list[float]:
        """The room between two columns: more where lines have to climb more."""
        steps = {step for route in self._layers.routes.values() for step in pairwise(route)}
        climb = {item: 0.0 for layer in self._layers.layers for item in layer}
        for left, right in steps:
            climb[left] = max(climb[left], abs(self._y[left] - self._y[right]))
        steepest = [max(climb[item] for item in layer) for layer in self._layers.layers[:-1]]
        return [min(_COLUMN_GAP + _SLOPE * height, _WIDEST_GAP) for height in steepest]
