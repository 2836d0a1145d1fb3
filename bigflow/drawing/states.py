"""Turns the state of a node into colours, for light and for dark surroundings."""

from typing import NamedTuple


class Look(NamedTuple):
    """The colours of a box."""

    fill: str
    stroke: str


class Looks(NamedTuple):
    """The colours of a box in both surroundings."""

    light: Look
    dark: Look


# States that are not here are drawn like a node without a state.
LOOKS = {
    "success": Looks(Look("#e6f6ec", "#2f9e5b"), Look("#12281b", "#3fb56f")),
    "failed": Looks(Look("#fdeaea", "#d64545"), Look("#331517", "#f06a6a")),
    "upstream_failed": Looks(Look("#fdf1e2", "#d9822b"), Look("#33240f", "#e5a04f")),
    "skipped": Looks(Look("#f3eef9", "#9a7fc0"), Look("#241c30", "#a98fd0")),
    "running": Looks(Look("#e6f1fc", "#2f7fd1"), Look("#10243a", "#58a0ea")),
}
