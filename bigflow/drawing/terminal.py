"""Turns a picture into text for a terminal: a drawing from left to right, or a list where that would be unreadable."""

import re

from bigflow.drawing.captions import details, name
from bigflow.drawing.graph import Graph, graph
from bigflow.drawing.layout import layered, size
from bigflow.drawing.listing import listing
from bigflow.drawing.nets import wiring
from bigflow.drawing.picture import Node, Picture
from bigflow.drawing.wires import ASCII, UNICODE, wired
from bigflow.drawing.words import cells

_MOST_ITEMS = 300  # nodes, bends and strands of lines: with more, a drawing is not even tried
_NODES_A_BRIDGE = 3  # a drawing with more lines over lines than this is harder to read than a list
_LIKE_WIRES = re.compile(r"(?<!\S)[-|.'+─-╿]|[-|.'+─-╿](?!\S)")


def text(picture: Picture, width: int = 80, *, unicode: bool = True) -> str:
    """The graph in lines of at most `width` columns, if its names allow; without `unicode` in ASCII only."""
    drawn = graph(picture)
    if not drawn.nodes:
        return "(empty)"
    names = [_name(node, unicode) for node in drawn.nodes]
    captions = [_caption(node, unicode) for node in drawn.nodes]
    arrow, back = ("→", "←") if unicode else ("->", "<-")
    lines = _drawing(drawn, captions, width, unicode) or listing(drawn, captions, names, width, back)
    cycles = [f"closes a cycle: {names[source]} {arrow} {names[target]}" for source, target in drawn.back]
    return "\n".join([*lines, *([""] if cycles else []), *cycles])


def _drawing(drawn: Graph, captions: list[str], width: int, unicode: bool) -> list[str]:
    """The components one below the other; nothing when one of them is too large or too tangled to be read."""
    if size(drawn) > _MOST_ITEMS:
        return []
    lines: list[str] = []
    tall = False
    for members in drawn.components():
        if _least_width(drawn, members, captions) > width:
            return []
        names = {node: captions[node] for node in members}
        nets = wiring(layered(drawn, members))
        if sum(map(len, nets.layers)) > _MOST_ITEMS:
            return []
        part = wired(nets, names, UNICODE if unicode else ASCII)
        if max(map(cells, part.lines)) > width or part.bridges > len(members) // _NODES_A_BRIDGE:
            return []
        lines += ["", *part.lines] if lines and (tall or len(part.lines) > 1) else part.lines
        tall = len(part.lines) > 1
    return lines


def _least_width(drawn: Graph, members: list[int], captions: list[str]) -> int:
    """What the names alone need. It spares long chains the layout."""
    widest: dict[int, int] = {}
    for node in members:
        widest[drawn.ranks[node]] = max(widest.get(drawn.ranks[node], 0), cells(captions[node]))
    return sum(widest.values())


def _name(node: Node, unicode: bool) -> str:
    plain = name(node)
    return _printable(f'"{plain}"' if not plain or _LIKE_WIRES.search(plain) else plain, unicode)


def _caption(node: Node, unicode: bool) -> str:
    extra = details(node)
    return _name(node, unicode) + (_printable(f" [{extra}]", unicode) if extra else "")


def _printable(line: str, unicode: bool) -> str:
    return line if unicode else line.encode("ascii", "backslashreplace").decode("ascii")
