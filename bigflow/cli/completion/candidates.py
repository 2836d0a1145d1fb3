"""Turns the text of a project's files into names that can be typed; no code of the project is run."""

import os
import re
from collections.abc import Iterator

from bigflow.errors import BigflowError
from bigflow.project.scan import named_calls
from bigflow.project.spec import ProjectSpec, read_spec

_TOO_LONG = 1_000_000  # bytes; a module that long is data, and would keep the user waiting

# A shell puts candidates into its own words: nothing that it could take for syntax may come through.
_HARMLESS = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", re.ASCII)


def candidates(root: str, kind: str) -> list[str]:
    """The names of that kind, as far as they are written as literals; none where the project cannot be read."""
    try:
        spec = read_spec(root)
    except BigflowError:
        return []
    names = _environments(spec) if kind == "environments" else _workflows(spec)
    dot = "." if kind == "jobs" else ""  # a job is W.J: the workflow is a beginning
    return sorted({f"{name}{dot}" for name in names if _HARMLESS.fullmatch(name)})


def _environments(spec: ProjectSpec) -> Iterator[str]:
    source = _text(os.path.join(spec.root, spec.deployment_config_file))
    for call in named_calls(source, ("Config", "DeploymentConfig", "add_configuration"), "name"):
        yield call.name


def _workflows(spec: ProjectSpec) -> Iterator[str]:
    for folder, _, names in os.walk(os.path.join(spec.root, spec.package)):
        for name in names:
            if name.endswith(".py"):
                source = _text(os.path.join(folder, name))
                if "Workflow" in source:
                    yield from (call.name for call in named_calls(source, ("Workflow",), "workflow_id"))


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(_TOO_LONG)
    except OSError:
        return ""
