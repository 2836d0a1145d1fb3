"""Loaded by the Python that has the project: turns its package into a JSON file of its workflows and resources."""

import hashlib
import json
import os
import sys
from collections.abc import Iterable
from types import ModuleType


def tell(path: str) -> None:
    """Answer with the workflows and their modules, with all that is wrong, and with the hashes of the resources."""
    with open(path, encoding="utf-8") as file:
        order = json.load(file)
    sys.path[:0] = order["first"]
    sys.path.extend(order["last"])
    from bigflow.errors import BigflowError

    try:
        told = _told(order["package"], order["resources"], validate=order["validate"])
    except BigflowError as error:
        told = {"workflows": [], "findings": error.findings, "resources": {}}
    with open(order["answer"], "w", encoding="utf-8") as file:
        json.dump(told, file)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)  # whatever the modules left running ends here


def _told(package: str, names: Iterable[str], *, validate: bool) -> dict[str, object]:
    """Only the machine that builds can validate: it takes the cron library, which the runtime does without."""
    from bigflow.project.discovery import discover, modules

    found = discover(package)
    findings = list(found.findings)
    if not validate:
        del findings[len(findings) - sum(len(workflow.validate()) for workflow in found.workflows) :]
    loaded = [module for name in modules(package) if (module := sys.modules.get(name)) is not None]
    return {
        "workflows": sorted((one.workflow_id, _home(one, one.defined_at, loaded)) for one in found.workflows),
        "findings": findings,
        "resources": {name: _hash(name, package) for name in names},
    }


def _home(workflow: object, defined_at: str, loaded: Iterable[ModuleType]) -> str:
    """The module to import for the workflow: the one that it is written in, if that has it, else the first that has."""
    holding = [module for module in loaded if _holds(module, workflow)]
    file = defined_at.rpartition(":")[0]
    return next((module for module in holding if module.__file__ == file), holding[0]).__name__


def _holds(module: ModuleType, workflow: object) -> bool:
    for value in vars(module).values():
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else (value,)
        if any(one is workflow for one in inside):
            return True
    return False


def _hash(name: str, package: str) -> str:
    """The hash of the file that the project's code gets for this name; empty when it gets none."""
    from bigflow.errors import BigflowError
    from bigflow.resources import get_resource_absolute_path

    try:
        found = get_resource_absolute_path(name, sys.modules[package].__file__)
    except (BigflowError, KeyError):
        return ""
    with open(found, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
