"""Turns a drawn graph into a part of a page: it fits the width, and each node leads to the element that tells more."""

import re
from collections.abc import Iterator, Mapping

from bigflow.drawing.graph import graph
from bigflow.drawing.markup import plain
from bigflow.drawing.palette import css_class
from bigflow.drawing.picture import Node, Picture
from bigflow.drawing.stylesheet import ROOT
from bigflow.drawing.vector import svg

_SIZE = re.compile(r' width="([\d.]+)" height="[\d.]+">')  # that of the SVG itself comes first
_NODE = re.compile(r'^<g class="node[^\n]*$', re.MULTILINE)  # there is a line for each, in the order of the graph
_SMALLEST = 0.6  # of its natural size; then it is scrolled, because words would not be readable


def linked(picture: Picture, links: Mapping[str, str], own: str = ROOT) -> str:
    """`links` says of a node's id which element of the page it leads to; `own` is the name of this drawing alone."""
    nodes: Iterator[Node] = iter(graph(picture).nodes)

    def link(drawn: re.Match[str]) -> str:
        node = next(nodes)
        target = links.get(node.id)
        return f'<a class="{css_class(node.state)}" href="#{plain(target)}">{drawn[0]}</a>' if target else drawn[0]

    return _SIZE.sub(_fitting, _NODE.sub(link, svg(picture, own)), count=1)


def _fitting(size: re.Match[str]) -> str:
    width = float(size[1])
    return f' style="width: clamp({width * _SMALLEST:.0f}px, 100%, {width:.0f}px)">'
