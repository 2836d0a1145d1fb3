"""Turns the states of whole runs, which are more than those of a graph, into colours of a style sheet."""

from collections.abc import Iterator

from bigflow.drawing.states import LOOKS, Looks

# States that no node of a graph has, and the ones whose colours they take. What is in neither stays grey.
_LIKE = {"kept": "success", "killed": "failed", "interrupted": "upstream_failed"}
KNOWN = {**LOOKS, **{state: LOOKS[like] for state, like in _LIKE.items()}}


def css_class(state: str) -> str:
    """The class of an element in that state, safe inside an attribute; nothing for a state without colours."""
    return state if state in KNOWN else ""


def variables(*, dark: bool) -> Iterator[str]:
    """`.failed { --fill: ...; --stroke: ... }` for each state."""
    for state, looks in KNOWN.items():
        look = _side(looks, dark)
        yield f".{state} {{ --fill: {look[0]}; --stroke: {look[1]} }}"


def _side(looks: Looks, dark: bool) -> tuple[str, str]:
    return looks.dark if dark else looks.light
