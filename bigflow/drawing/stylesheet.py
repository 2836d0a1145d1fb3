"""Turns colours into the style sheet of an SVG, which follows the reader's light or dark setting."""

from collections.abc import Iterator
from typing import NamedTuple

from bigflow.drawing.states import LOOKS, Look

ROOT = "bigflow-graph"  # every rule is below this class, so that the SVG may stand inside a page
_FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


class _Theme(NamedTuple):
    paper: str
    ink: str
    faint: str
    line: str
    back: str
    box: Look
    states: dict[str, Look]


_LIGHT = _Theme(
    paper="#ffffff",
    ink="#1f2328",
    faint="#59636e",
    line="#8590a0",
    back="#d1242f",
    box=Look("#f6f8fa", "#c4ccd6"),
    states={state: looks.light for state, looks in LOOKS.items()},
)
_DARK = _Theme(
    paper="#0d1117",
    ink="#e6edf3",
    faint="#9198a1",
    line="#7d8794",
    back="#f85149",
    box=Look("#161b22", "#3d444d"),
    states={state: looks.dark for state, looks in LOOKS.items()},
)


def stylesheet() -> str:
    """Rules for shapes, then colours for light surroundings, then those that replace them in dark ones."""
    return "\n".join(
        [
            f".{ROOT} {{ font: 13px {_FONT} }}",
            f".{ROOT} .title {{ font-weight: 600 }}",
            f".{ROOT} .detail {{ font-size: 11px }}",
            f".{ROOT} .edge {{ fill: none; stroke-width: 1.5 }}",
            f".{ROOT} .back {{ stroke-dasharray: 5 4 }}",
            *_colours(_LIGHT),
            "@media (prefers-color-scheme: dark) {",
            *_colours(_DARK),
            "}",
        ]
    )


def _colours(theme: _Theme) -> Iterator[str]:
    yield f".{ROOT} .paper {{ fill: {theme.paper} }}"
    yield f".{ROOT} text {{ fill: {theme.ink} }}"
    yield f".{ROOT} .detail {{ fill: {theme.faint} }}"
    yield f".{ROOT} .edge {{ stroke: {theme.line} }}"
    yield f".{ROOT} .edge.back {{ stroke: {theme.back} }}"
    yield f".{ROOT} .head {{ fill: {theme.line} }}"
    yield f".{ROOT} .head.back {{ fill: {theme.back} }}"
    yield f".{ROOT} .box {{ fill: {theme.box.fill}; stroke: {theme.box.stroke} }}"
    for state, look in theme.states.items():
        yield f".{ROOT} .{state} .box {{ fill: {look.fill}; stroke: {look.stroke} }}"
