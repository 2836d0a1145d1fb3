"""Turns a node into the words that stand for it."""

from bigflow.drawing.picture import Node
from bigflow.drawing.words import one_line


def name(node: Node) -> str:
    """The label, or the id where there is none."""
    return one_line(node.label) or one_line(node.id)


def details(node: Node) -> str:
    """Its state and its note, as far as it has them; colour alone would not do for everybody."""
    return ", ".join(filter(None, (one_line(node.state), one_line(node.note))))
