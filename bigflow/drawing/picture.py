"""Turns what should be drawn into values, and these into plain data for programs."""

from dataclasses import dataclass
from typing import TypedDict


@dataclass(frozen=True, slots=True)
class Node:
    """One box. An empty label means the id; state colours it, note is its second line."""

    id: str
    label: str = ""
    state: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """`target` comes after `source`; both are ids of nodes."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A graph to draw. It need not be sound: cycles, duplicates and ids that nobody declared are drawn too."""

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


class NodeData(TypedDict):
    """A node for `json.dumps`."""

    id: str
    label: str
    state: str
    note: str


class PictureData(TypedDict):
    """A picture for `json.dumps`."""

    title: str
    nodes: list[NodeData]
    edges: list[list[str]]


def as_json(picture: Picture) -> PictureData:
    """The picture exactly as it was given; only an empty label is filled with the id."""
    return {
        "title": picture.title,
        "nodes": [
            {"id": node.id, "label": node.label or node.id, "state": node.state, "note": node.note}
            for node in picture.nodes
        ],
        "edges": [[edge.source, edge.target] for edge in picture.edges],
    }
