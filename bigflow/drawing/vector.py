"""Turns a picture into a standalone SVG, for light and for dark surroundings."""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise

from bigflow.drawing.captions import details, name
from bigflow.drawing.geometry import Box, Plan, Point, Size, plan
from bigflow.drawing.graph import Graph, graph
from bigflow.drawing.layout import size
from bigflow.drawing.picture import Node, Picture
from bigflow.drawing.states import LOOKS
from bigflow.drawing.stylesheet import ROOT, stylesheet
from bigflow.drawing.words import cells, one_line, shortened
from bigflow.errors import UsageError

MOST_PIECES = 5000  # nodes, edges, and places where edges pass a layer; what is larger nobody can look at
_LONGEST = 40  # characters of a line in a box; the tooltip has the whole of it
_MARGIN, _PADDING, _TITLE = 24.0, 14.0, 36.0
_NAME_CELL, _DETAIL_CELL = 7.9, 6.7  # the width of a character at 13 and at 11 pixels
_ONE_LINE, _TWO_LINES = 36.0, 52.0  # the height of a box


def svg(picture: Picture, own: str = ROOT) -> str:
    """The layered graph in one file without scripts, fonts or links; an error for one that is too large to look at.

    `own` begins the ids of its parts: drawings on one page need different ones.
    """
    drawn = graph(picture)
    title = one_line(picture.title)
    if size(drawn) + len(drawn.edges) > MOST_PIECES:
        raise UsageError(
            f"the graph '{title}' is too large for an SVG: {len(drawn.nodes)} nodes and {len(drawn.edges)} edges",
            hint="show it as text: that lists a graph of any size",
        )
    placed = plan(drawn, [_size(node) for node in drawn.nodes])
    top = _MARGIN + (_TITLE if title else 0)
    width = max(placed.width, cells(title) * _NAME_CELL) + 2 * _MARGIN
    height = top + placed.height + _MARGIN
    extent = f"{_number(width)} {_number(height)}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="{ROOT}" role="img" viewBox="0 0 {extent}"'
            f' width="{_number(width)}" height="{_number(height)}">',
            f"<title>{escape(title or 'graph')}</title>",
            f"<desc>{_summary(drawn)}</desc>",
            f"<style>\n{stylesheet()}\n</style>",
            f"<defs>{_head(own, '')}{_head(own, ' back')}</defs>",
            '<rect class="paper" width="100%" height="100%"/>',
            *([f'<text class="title" x="{_number(_MARGIN)}" y="36">{escape(title)}</text>'] if title else []),
            f'<g transform="translate({_number(_MARGIN)} {_number(top)})">',
            *_edges(drawn, placed, own),
            *(_node(node, placed.boxes[index]) for index, node in enumerate(drawn.nodes)),
            "</g>",
            "</svg>",
        ]
    )


def _summary(drawn: Graph) -> str:
    nodes, edges, back = len(drawn.nodes), len(drawn.edges) + len(drawn.back), len(drawn.back)
    cycles = f", {back} of them closing a cycle" if back else ""
    return f"{nodes} {'node' if nodes == 1 else 'nodes'}, {edges} {'edge' if edges == 1 else 'edges'}{cycles}"


def _size(node: Node) -> Size:
    first, second = shortened(name(node), _LONGEST), shortened(details(node), _LONGEST)
    words = max(cells(first) * _NAME_CELL, cells(second) * _DETAIL_CELL)
    return Size(words + 2 * _PADDING, _TWO_LINES if second else _ONE_LINE)


def _head(own: str, kind: str) -> str:
    return (
        f'<marker id="{_head_id(own, kind)}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8"'
        f' markerUnits="userSpaceOnUse" orient="auto"><path class="head{kind}" d="M0 0.5L8 4L0 7.5L1.5 4Z"/></marker>'
    )


def _head_id(own: str, kind: str) -> str:
    return f"{own}-head{kind.replace(' ', '-')}"


def _node(node: Node, box: Box) -> str:
    first, second = name(node), details(node)
    x, middle = _number(box.x + box.width / 2), box.y + box.height / 2
    lines = [
        f'<g class="node {node.state}">' if node.state in LOOKS else '<g class="node">',
        f"<title>{escape(f'{first}: {second}' if second else first)}</title>",
        f'<rect class="box" x="{_number(box.x)}" y="{_number(box.y)}" width="{_number(box.width)}"'
        f' height="{_number(box.height)}" rx="7"/>',
        f'<text x="{x}" y="{_number(middle + (-4 if second else 4.5))}" text-anchor="middle">'
        f"{escape(shortened(first, _LONGEST))}</text>",
    ]
    if second:
        lines.append(
            f'<text class="detail" x="{x}" y="{_number(middle + 14)}" text-anchor="middle">'
            f"{escape(shortened(second, _LONGEST))}</text>"
        )
    return "".join([*lines, "</g>"])


def _edges(drawn: Graph, placed: Plan, own: str) -> Iterator[str]:
    for kind, pairs in (("", drawn.edges), (" back", drawn.back)):
        for source, target in pairs:
            points = placed.lines.get((source, target))
            path = _curve(points) if points else _loop(placed.boxes[source])
            words = f"{name(drawn.nodes[source])} → {name(drawn.nodes[target])}"
            tip = f"<title>{escape(words)}</title>"
            yield f'<path class="edge{kind}" d="{path}" marker-end="url(#{_head_id(own, kind)})">{tip}</path>'


def _curve(points: Sequence[Point]) -> str:
    """Through the layers level, between them in an S."""
    path = [f"M{_point(points[0])}"]
    for index, ((x, y), (next_x, next_y)) in enumerate(pairwise(points)):
        middle = (x + next_x) / 2
        if index % 2 or y == next_y:
            path.append(f"L{_point((next_x, next_y))}")
        else:
            path.append(f"C{_point((middle, y))} {_point((middle, next_y))} {_point((next_x, next_y))}")
    return "".join(path)


def _loop(box: Box) -> str:
    """From the upper edge of a box back into it."""
    right = box.x + box.width
    start, end = (right - 28, box.y), (right - 10, box.y)
    return f"M{_point(start)}C{_point((right - 28, box.y - 18))} {_point((right - 10, box.y - 18))} {_point(end)}"


def _point(point: Point) -> str:
    return f"{_number(point[0])} {_number(point[1])}"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
