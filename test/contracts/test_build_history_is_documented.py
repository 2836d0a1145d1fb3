"""docs/reference/build-history.md says what `--json` prints of builds: every field, every state, every event."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest
from support.builds import cold, events, mended

from bigflow.builder.events import BuildEvent, BuildTick, Waiting
from bigflow.builder.history.difference import difference
from bigflow.builder.report import StepReport, StepState
from bigflow.cli.build_json import build_as_json, details_as_json, difference_as_json, step_as_json
from bigflow.cli.build_view import listener
from bigflow.cli.console import Console
from bigflow.cli.run_view import event_name

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "build-history.md").read_text(encoding="utf-8")
BUILD = build_as_json(cold())
FORMS = {
    "### A build": list(BUILD),
    "### Details of a build": [key for key in details_as_json(cold(), "") if key not in BUILD],
    "### A step": list(step_as_json(StepReport("lint", "succeeded"), "")),
    "### A difference": list(difference_as_json(difference(cold(), mended()))),
}


def first_column(text: str) -> list[str]:
    return re.findall(r"^\| `([\w ]+)` \|", text, re.MULTILINE)


@pytest.mark.parametrize("title", FORMS)
def test_every_field_has_its_line(title: str) -> None:
    section = re.split(r"^#+ ", PAGE.split(f"{title}\n")[1], flags=re.MULTILINE)[0]
    assert first_column(section) == FORMS[title]


def test_every_event_has_its_line() -> None:
    events = [event_name(event) for event in get_args(BuildEvent) if event is not BuildTick]
    assert first_column(PAGE.split("## Events\n")[1]) == events


def test_every_event_has_the_fields_of_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    tell = listener(Console(json=True))
    for event in (Waiting("build 1, process 4711"), *events(cold(), "")):
        tell(event)
    told = {event.pop("event"): list(event) for event in map(json.loads, capsys.readouterr().out.splitlines())}
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGE.split("## Events\n")[1], re.MULTILINE)
    assert {name: fields_named(cell) for name, cell in rows} == told


def fields_named(cell: str) -> list[str]:
    for form in ("step", "build"):
        names = ", ".join(f"`{field}`" for field in FORMS[f"### A {form}"])
        cell = cell.replace(f"the fields of a {form}", names)
    return re.findall(r"`(\w+)`", cell.split(": list of")[0])


def test_every_state_of_a_step_has_its_line() -> None:
    table = PAGE.split("| state of a step |")[1].split("\n\n")[0]
    assert first_column(table) == list(get_args(StepState))
