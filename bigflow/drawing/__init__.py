"""Turns a graph into text for a terminal, Mermaid, SVG or plain data; every result is without a final line break."""

from bigflow.drawing.flowchart import mermaid
from bigflow.drawing.picture import Edge, Node, Picture, PictureData, as_json
from bigflow.drawing.terminal import text
from bigflow.drawing.vector import svg

__all__ = ["Edge", "Node", "Picture", "PictureData", "as_json", "mermaid", "svg", "text"]
