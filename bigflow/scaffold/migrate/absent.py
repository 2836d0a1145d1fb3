"""Turns the project's source files into what they use of 1.11 that is not there (yet), without running them."""

import ast
import os
import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import NamedTuple

from bigflow._files import files_below
from bigflow.errors import Finding
from bigflow.project.layout import read_bytes
from bigflow.project.spec import SETUP_FILES, ProjectSpec

# What of 1.11 is used often enough to deserve more words than "not there".
_INSTEAD = {
    "bigflow.bigquery": "not yet: stay with 1.11 for what uses it, or call google-cloud-bigquery in a job",
    "bigflow.dataflow": "not yet: stay with 1.11 for what uses it, or start the pipeline with apache-beam in a job",
    "bigflow.dataproc": "1.11 had removed it, too; submit the job with google-cloud-dataproc in a job",
    "bigflow.log": "1.11 had removed it, too; use logging of the standard library",
    "bigflow.monitoring": "1.11 had removed it, too; use google-cloud-monitoring in a job",
}
_BASE_IMAGE = re.compile(rb"^\s*FROM\s+(?:--\S+\s+)*\S*?python:3\.(\d+)", re.MULTILINE | re.IGNORECASE)
_OLDEST_PYTHON = 11


class _Use(NamedTuple):
    """Something of the framework that a line uses: `bigflow.bigquery`, or `Workflow(log_config)`."""

    what: str
    where: str


def absent(spec: ProjectSpec) -> tuple[Finding, ...]:
    """One finding for each thing that is not there, with the first place that uses it."""
    places: dict[str, list[str]] = {}
    for use in _uses(spec):
        places.setdefault(use.what, []).append(use.where)
    return (*(_finding(what, where) for what, where in sorted(places.items())), *_old_python(spec))


def _finding(what: str, places: list[str]) -> Finding:
    more = f" (and {len(places) - 1} more)" if len(places) > 1 else ""
    if what.startswith("Workflow"):
        return Finding("a Workflow takes no log_config", places[0] + more, "1.11 had removed it, too; jobs use logging")
    known = next((one for one in _INSTEAD if f"{what}.".startswith(f"{one}.")), "")
    hint = _INSTEAD.get(known, "the names that there are: docs/reference/workflow.md")
    return Finding(f"there is no {what} here", places[0] + more, hint)


def _uses(spec: ProjectSpec) -> Iterator[_Use]:
    for path in _sources(spec):
        try:
            tree = ast.parse(read_bytes(os.path.join(spec.root, path)))
        except (SyntaxError, ValueError):  # `bigflow workflows` tells of those
            continue
        for node in ast.walk(tree):
            for what in _used(node):
                yield _Use(what, f"{path}:{getattr(node, 'lineno', 1)}")


def _sources(spec: ProjectSpec) -> Iterator[str]:
    yield from (file for file in (*SETUP_FILES, spec.deployment_config_file) if file.endswith(".py"))
    for folder in (spec.package, spec.tests):
        for name in files_below(os.path.join(spec.root, folder)):
            if name.endswith(".py"):
                yield os.path.join(folder, name)


def _used(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import():
            names = [alias.name for alias in node.names]
        case ast.ImportFrom(module=str() as module, level=0):
            names = [f"bigflow.{alias.name}" for alias in node.names] if module == "bigflow" else [module]
        case ast.Call(func=ast.Name(id="Workflow") | ast.Attribute(attr="Workflow")):
            if any(keyword.arg == "log_config" for keyword in node.keywords):
                yield "Workflow(log_config)"
            return
        case _:
            return
    yield from (name for name in names if name.startswith("bigflow.") and not _is_there(name))


def _is_there(name: str) -> bool:
    """Whether this framework has the module, or the public name."""
    import bigflow

    if name.removeprefix("bigflow.") in dir(bigflow):
        return True
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # of the package that it would be in
        return False


def _old_python(spec: ProjectSpec) -> Iterator[Finding]:
    dockerfile = read_bytes(os.path.join(spec.root, "Dockerfile"))
    for found in _BASE_IMAGE.finditer(dockerfile):
        if int(found[1]) < _OLDEST_PYTHON:
            line = dockerfile[: found.start(1)].count(b"\n") + 1
            yield Finding(
                f"the image has Python 3.{int(found[1])}; the framework needs 3.{_OLDEST_PYTHON} or newer",
                f"Dockerfile:{line}",
                "FROM python:3.12-slim",
            )
