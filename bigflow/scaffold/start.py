"""Turns a name and a few answers into the folder of a project that builds, runs and deploys at once."""

import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from bigflow._files import unwritable
from bigflow.errors import UsageError

# Each file ends in .tmpl, so that no tool of the framework takes it for one of the framework's own.
_TEMPLATE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "templates", "project")
_SUFFIX = ".tmpl"
_PLACEHOLDER = re.compile(r"\{\{ (\w+) \}\}")


@dataclass(frozen=True, slots=True)
class NewProject:
    """What is asked about a project before there is one. What is None is left to be written later."""

    name: str
    place: str  # its folder
    today: date
    python: str  # "3.12"
    gcp_project_id: str | None = None
    dags_bucket: str | None = None
    docker_repository: str | None = None


def create(project: NewProject) -> None:
    """The whole project is at its place afterwards; or nothing, if this raises."""
    parent, name = os.path.split(os.path.abspath(project.place))
    _refuse(project.place, parent)
    values = _values(project)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=parent) as scratch:
            made = os.path.join(scratch, name)
            os.mkdir(made)
            for path in _template():
                _write(os.path.join(made, path.removesuffix(_SUFFIX)), filled(_read(path), values))
            os.rename(made, project.place)
    except OSError as error:
        raise unwritable(project.place, error) from error


def filled(template: str, values: Mapping[str, str]) -> str:
    """The text with each `{{ name }}` replaced by its value."""
    return _PLACEHOLDER.sub(lambda placeholder: values[placeholder[1]], template)


def _refuse(place: str, parent: str) -> None:
    if not os.path.isdir(parent):
        raise UsageError(f"there is no folder {parent} to make the project in", hint=f"mkdir -p {parent}")
    if os.path.lexists(place) and not (os.path.isdir(place) and not os.path.islink(place) and not os.listdir(place)):
        kind = "folder that is not empty" if os.path.isdir(place) else "file"
        raise UsageError(
            f"there is already a {kind}: {place}", hint="choose another name, or another folder with --project-dir"
        )


def _values(project: NewProject) -> dict[str, str]:
    return {
        "name": project.name,
        "python": project.python,
        "year": str(project.today.year),
        "month": str(project.today.month),
        "day": str(project.today.day),
        "gcp_project_id": _literal(project.gcp_project_id),
        "dags_bucket": _literal(project.dags_bucket),
        "docker_repository": _literal(project.docker_repository),
    }


def _literal(value: str | None) -> str:
    """As Python code that a formatter leaves alone: with double quotes."""
    return "None" if value is None else json.dumps(value, ensure_ascii=False)


def _template() -> Iterator[str]:
    for parent, _, names in os.walk(_TEMPLATE):
        yield from (os.path.relpath(os.path.join(parent, name), _TEMPLATE) for name in names if name.endswith(_SUFFIX))


def _read(path: str) -> str:
    with open(os.path.join(_TEMPLATE, path), encoding="utf-8") as file:
        return file.read()


def _write(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
