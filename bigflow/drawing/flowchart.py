"""Turns a picture into a Mermaid flowchart."""

import json
import re
from collections.abc import Iterator, Sequence

from bigflow.drawing.captions import details, name
from bigflow.drawing.graph import Graph, graph
from bigflow.drawing.picture import Node, Picture
from bigflow.drawing.states import LOOKS
from bigflow.drawing.words import one_line

# What the grammar of flowcharts gives a meaning to; as an id it would be misread.
_KEYWORDS = frozenset(
    {"call", "class", "classdef", "click", "default", "direction", "end", "flowchart", "graph", "href"}
    | {"interpolate", "linkstyle", "style", "subgraph"}
)
_PLAIN_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_NUMBERED_ID = re.compile(r"n[0-9]+")
# A label is read as Mermaid, as Markdown and as HTML. Only words, and joints inside words, mean themselves in all.
_SPECIAL = re.compile(r"(?!(?<=[^\W_])[_.-](?=[^\W_]))(?:[^\w ]|_)")


def mermaid(picture: Picture) -> str:
    """`flowchart LR`; ids stay readable where Mermaid can read them, and are numbered where not."""
    drawn = graph(picture)
    ids = [_id(index, node) for index, node in enumerate(drawn.nodes)]
    return "\n".join(
        [
            *_front_matter(picture.title),
            "flowchart LR",
            *(f"    {own}[{_label(node)}]" for own, node in zip(ids, drawn.nodes, strict=True)),
            *(f"    {ids[source]} --> {ids[target]}" for source, target in drawn.edges),
            *(f"    {ids[source]} -. closes a cycle .-> {ids[target]}" for source, target in drawn.back),
            *_colours(drawn, ids),
        ]
    )


def _front_matter(title: str) -> list[str]:
    line = one_line(title)
    return ["---", f"title: {json.dumps(line, ensure_ascii=False)}", "---"] if line else []


def _id(index: int, node: Node) -> str:
    plain = _PLAIN_ID.fullmatch(node.id) and not _NUMBERED_ID.fullmatch(node.id) and node.id.lower() not in _KEYWORDS
    return node.id if plain else f"n{index}"


def _label(node: Node) -> str:
    return f'"{"<br/>".join(_escaped(line) for line in (name(node), details(node)) if line) or " "}"'


def _escaped(line: str) -> str:
    return _SPECIAL.sub(lambda match: f"#{ord(match[0])};", line)


def _colours(drawn: Graph, ids: Sequence[str]) -> Iterator[str]:
    for state, looks in LOOKS.items():
        members = [own for own, node in zip(ids, drawn.nodes, strict=True) if node.state == state]
        if members:
            yield f"    classDef {state} fill:{looks.light.fill},stroke:{looks.light.stroke},color:#1f2328"
            yield f"    class {','.join(members)} {state}"
