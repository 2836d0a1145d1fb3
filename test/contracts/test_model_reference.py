"""docs/reference/workflow.md says what the code says: every name, and every default."""

import inspect
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from bigflow.workflow import JobContext, Workflow
from bigflow.workflow.edition import EDITIONS, Edition
from bigflow.workflow.jobs import KNOWN_OPTIONS, JobSettings
from bigflow.workflow.workflow import WorkflowOptions

PAGE = (Path(__file__).parents[2] / "docs/reference/workflow.md").read_text(encoding="utf-8")


def table(heading: str) -> dict[str, tuple[str, ...]]:
    """The first table under a heading: from the code in its first column to the other cells."""
    section = re.split(rf"^## {heading}$", PAGE, flags=re.MULTILINE)[1].split("\n## ")[0]
    rows = section.split("\n\n|", 1)[1].split("\n\n")[0].splitlines()[2:]
    cells = [tuple(cell.strip() for cell in row.strip("|").split("|")) for row in rows]
    return {name.split("`")[1]: tuple(others) for name, *others in cells}


def documented(heading: str) -> dict[str, str]:
    return {name: default.strip("`") for name, (default, _) in table(heading).items()}


def written(default: object) -> str:
    """A default as a reader of the page would type it."""
    if default is inspect.Parameter.empty:
        return "required"
    if isinstance(default, Mapping):
        return repr(dict(default))
    return str(default.__name__) if inspect.isfunction(default) else repr(default)


def defaults(pairs: Iterable[tuple[str, object]]) -> dict[str, str]:
    return {name: written(default) for name, default in pairs}


def test_workflow() -> None:
    parameters = list(inspect.signature(Workflow).parameters.values())[:-1]  # the last one is **options
    options = [name for name in WorkflowOptions.__annotations__ if name != "schedule"]
    said = {**{one.name: one.default for one in parameters}, "schedule": None}
    expected = defaults([*said.items(), *((name, getattr(Workflow, name)) for name in options)])
    assert documented("Workflow") == expected


def test_job() -> None:
    assert documented("Job") == defaults((name, getattr(JobSettings, name)) for name in KNOWN_OPTIONS)


def test_job_context() -> None:
    known = JobContext._field_defaults
    expected = defaults((name, known.get(name, inspect.Parameter.empty)) for name in JobContext._fields)
    assert documented("JobContext") == expected


@pytest.mark.parametrize("column", range(len(EDITIONS)))
def test_editions(column: int) -> None:
    edition = list(EDITIONS.values())[column]
    header = re.search(r"^\| default \| (.*) \|$", PAGE, re.MULTILINE)
    assert header is not None
    assert header[1].split(" | ")[column] == edition.name
    told = {name: cells[column].strip("`") for name, cells in table("Editions").items()}
    assert told == {name: str(getattr(edition, name)) for name in Edition._fields if name != "name"}


def test_methods_exist() -> None:
    methods = re.findall(r"^\| `(\w+)(?:\(.*?\))?` \|", PAGE.split("| method |")[1].split("\n\n")[0], re.MULTILINE)
    assert methods == ["validate", "jobs", "find_job", "run", "run_job"]
    assert [name for name in methods if not hasattr(Workflow, name)] == []
