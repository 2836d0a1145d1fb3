"""Turns what a project says into the lock that it asks for."""

import os
from dataclasses import dataclass

from bigflow.builder.requirements.target import Target, target
from bigflow.builder.step import Interpreter
from bigflow.project.spec import ProjectSpec


@dataclass(frozen=True, slots=True)
class Order:
    """Which lock to make of what. Paths are relative to the project."""

    root: str
    source: str
    lock: str
    target: Target
    python: str  # the interpreter that builds what has no wheel
    upgrade: bool = False
    upgrade_packages: tuple[str, ...] = ()


def files_for(requirements_file: str) -> tuple[str, str]:
    """The source and the lock, by the path of either."""
    stem = os.path.splitext(requirements_file)[0]
    return f"{stem}.in", f"{stem}.txt"


def order_of(spec: ProjectSpec, python: Interpreter, requirements_file: str = "") -> Order:
    """The lock that the project's own files ask for; of another file, if one is named."""
    source, lock = files_for(requirements_file or spec.requirements_file)
    return Order(spec.root, source, lock, target(spec.python, spec.image.platforms, python.version), python.path)
