"""docs/reference/events.md says what `--json` prints: every event, every field in its order, every type and state."""

import re
import types
from datetime import datetime
from pathlib import Path
from typing import Literal, Union, get_args, get_origin, get_type_hints

import pytest

from bigflow._events import Event, State
from bigflow.cli.run_view import NOT_TOLD, event_name

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "events.md").read_text(encoding="utf-8")
TOLD = {event_name(event): event for event in get_args(Event) if event not in NOT_TOLD}
SIMPLE = {
    str: "text",
    int: "number",
    float: "number",
    bool: "true or false",
    datetime: "moment",
    types.NoneType: "null",
}


def documented() -> dict[str, list[tuple[str, str]]]:
    """Field and type of each event on the page."""
    sections = re.split(r"^## `(\w+)`$", PAGE, flags=re.MULTILINE)[1:]
    return {
        name: re.findall(r"^\| `(\w+)` \| ([\w ]+?) \|", text, re.MULTILINE)
        for name, text in zip(sections[::2], sections[1::2], strict=True)
    }


def words(annotation: object) -> str:
    """A type as the page writes it."""
    if annotation == State:
        return "state"
    if get_origin(annotation) is tuple:
        return f"list of {words(get_args(annotation)[0])}"
    if get_origin(annotation) in (Union, types.UnionType):
        return " or ".join(words(one) for one in get_args(annotation))
    assert isinstance(annotation, type)
    return SIMPLE[annotation]


def test_the_page_has_all_events_and_no_other() -> None:
    assert list(documented()) == list(TOLD)


@pytest.mark.parametrize("name", TOLD)
def test_the_page_has_all_fields_and_their_types(name: str) -> None:
    hints = get_type_hints(TOLD[name])
    assert documented()[name] == [(field, words(hints[field])) for field in TOLD[name]._fields]


def test_the_page_has_all_states() -> None:
    sentence = PAGE.split("`state` of a job is one of")[1].split("A run is")[0]
    assert get_origin(State) is Literal
    assert re.findall(r"`(\w+)`", sentence) == list(get_args(State))


def test_the_example_is_one() -> None:
    example = re.findall(r'"(\w+)":', PAGE.split("```")[1])
    assert example == ["event", *TOLD["job_started"]._fields]
