"""Turns a project's package into its workflows, and into everything that keeps them from being found."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from importlib import import_module
from types import ModuleType
from typing import NamedTuple

from bigflow.errors import Finding, InvalidProject, UsageError, nearest
from bigflow.workflow.workflow import Workflow

INDEX = "bigflow_workflows.txt"  # lies in the package of a built wheel: a line `<workflow id> <module>` each


class Discovered(NamedTuple):
    """All that a search found: workflows in the order of their modules, and what is wrong with them or the modules."""

    workflows: tuple[Workflow, ...]
    findings: tuple[Finding, ...]


def discover(package: str) -> Discovered:
    """Import every module of the package. Nothing is raised: what is wrong is a finding."""
    found = _search(package, modules(package))
    wrong = [finding for workflow in found.workflows for finding in workflow.validate()]
    return Discovered(found.workflows, (*found.findings, *wrong))


def find_workflow(package: str, workflow_id: str) -> Workflow:
    """One workflow: from the module that must have it (by the wheel's index, or by its text), else by a full search."""
    named = modules(package)
    likely = _indexed(package, workflow_id) or _mentioning(package, named, workflow_id)
    for candidates in (likely, named):
        found = _search(package, candidates)
        matching = [workflow for workflow in found.workflows if workflow.workflow_id == workflow_id]
        if len(matching) == 1:
            return matching[0]
        if matching:
            raise InvalidProject(found.findings)
    raise _not_found(package, workflow_id, found)


def modules(package: str) -> list[str]:
    """The names of all modules of a package, from its folders; nothing but the package itself is imported."""
    names = [package]
    for folder in _folders(package):
        names += sorted(_below(folder, package))
    return names


def _folders(package: str) -> list[str]:
    """Where the package lies. One that cannot be imported is looked for on the path: its modules are tried anyway."""
    loaded = sys.modules.get(package)
    if loaded is not None:
        return list(getattr(loaded, "__path__", ()))
    inside = package.replace(".", os.sep)
    for entry in sys.path:
        folder = os.path.join(entry or os.curdir, inside)
        if os.path.isfile(os.path.join(folder, "__init__.py")):
            return [folder]
    raise UsageError(
        f"there is no package {package!r}",
        where=f"looked in {', '.join(dict.fromkeys(entry or '.' for entry in sys.path[:3]))}, ...",
        hint="name it with `package` in [tool.bigflow] of pyproject.toml, or with --project-package",
    )


def _below(folder: str, package: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            name, extension = os.path.splitext(entry.name)
            if not name.isidentifier():
                continue
            if extension == ".py" and name not in ("__init__", "__main__"):
                yield f"{package}.{name}"
            elif not extension and os.path.isfile(os.path.join(entry.path, "__init__.py")):
                yield f"{package}.{name}"
                yield from _below(entry.path, f"{package}.{name}")


def _indexed(package: str, workflow_id: str) -> list[str]:
    for folder in _folders(package):
        try:
            with open(os.path.join(folder, INDEX), encoding="utf-8") as index:
                return [
                    module for line in index for name, _, module in [line.strip().partition(" ")] if name == workflow_id
                ]
        except FileNotFoundError:
            continue
    return []


def _mentioning(package: str, names: Iterable[str], workflow_id: str) -> list[str]:
    """Modules whose text has the id in quotes and speaks of workflows: cheap to ask, and nearly always right."""
    quoted = [f"{quote}{workflow_id}{quote}".encode() for quote in "\"'"]
    mentioning = []
    for name in names:
        text = _text(package, name)
        if b"Workflow" in text and any(form in text for form in quoted):
            mentioning.append(name)
    return mentioning


def _text(package: str, name: str) -> bytes:
    inside = name.removeprefix(package).strip(".").replace(".", os.sep)
    for folder in _folders(package):
        stem = os.path.join(folder, inside)
        for path in (f"{stem}.py" if inside else "", os.path.join(stem, "__init__.py")):
            if path and os.path.isfile(path):
                with open(path, "rb") as file:
                    return file.read()
    return b""


def _search(package: str, names: Iterable[str]) -> Discovered:
    workflows: dict[int, Workflow] = {}
    findings: list[Finding] = []
    broken: list[str] = []
    for name in names:
        if any(name.startswith(f"{parent}.") for parent in broken):
            continue  # its package failed already, and was told
        module = _import(name, package)
        if isinstance(module, Finding):
            findings.append(module)
            broken.append(name)
        else:
            workflows.update((id(workflow), workflow) for workflow in workflows_in(module))
    return Discovered(tuple(workflows.values()), (*findings, *_twins(workflows.values())))


def _import(name: str, package: str) -> ModuleType | Finding:
    try:
        with redirect_stdout(sys.stderr):
            return import_module(name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        from bigflow.project.failure import explain

        return explain(name, error, package)


def workflows_in(module: ModuleType) -> Iterator[Workflow]:
    """Workflows that are a module's attributes, or lie in a list, tuple or dict that is one."""
    for value in list(vars(module).values()):
        if isinstance(value, dict) and value is not vars(module).get("__builtins__"):
            inside: Iterable[object] = value.values()
        else:
            inside = value if isinstance(value, (list, tuple)) else (value,)
        for one in list(inside):
            if isinstance(one, Workflow):
                yield one


def _twins(workflows: Iterable[Workflow]) -> Iterator[Finding]:
    first: dict[str, Workflow] = {}
    for workflow in workflows:
        twin = first.setdefault(workflow.workflow_id, workflow)
        if twin is not workflow:
            yield Finding(
                f"two workflows have the id {workflow.workflow_id!r}",
                workflow.defined_at,
                f"the other one is at {twin.defined_at}; give one of them another id",
            )


def _not_found(package: str, workflow_id: str, found: Discovered) -> UsageError:
    known = [workflow.workflow_id for workflow in found.workflows]
    meant = nearest(workflow_id, known)
    hint = f"workflows of {package}: {', '.join(known)}" if known else f"no module of {package} has a Workflow"
    if not found.findings:
        message = f"there is no workflow {workflow_id!r}" + (f"; did you mean {meant!r}?" if meant else "")
        return UsageError(message, where=package, hint=hint)
    message = f"there is no workflow {workflow_id!r} in what could be read of the project"
    return InvalidProject([*found.findings, Finding(message, package, hint)])
