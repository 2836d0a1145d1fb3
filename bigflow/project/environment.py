"""Turns a project's root into what its own `.venv` is, by looking at files only."""

import os
from typing import NamedTuple

FOLDER = ".venv"
_DISTRIBUTION = "bigflow_framework-"


class Environment(NamedTuple):
    """The project's own environment. `problem` says why its Python cannot stand in for this one; empty when it can."""

    folder: str
    python: str
    version: str | None  # of its Python, as pyvenv.cfg says
    has_framework: bool
    current: bool  # this very process runs in it
    problem: str


def project_environment(root: str, prefix: str) -> Environment | None:
    """The environment in `<root>/.venv`, if there is one; `prefix` is the sys.prefix of the running interpreter."""
    folder = os.path.join(root, FOLDER)
    if not os.path.isdir(folder):
        return None
    python = os.path.join(folder, "bin", "python")
    settings = _settings(os.path.join(folder, "pyvenv.cfg"))
    version = settings.get("version_info") or settings.get("version")
    problem = _problem(folder, python, settings)
    return Environment(
        folder=folder,
        python=python,
        version=".".join(version.split(".")[:3]) if version else None,
        has_framework=not problem,
        current=os.path.realpath(folder) == os.path.realpath(prefix),
        problem=problem,
    )


def _problem(folder: str, python: str, settings: dict[str, str]) -> str:
    """A folder without pyvenv.cfg is refused: its Python would not take it for its own environment."""
    if not settings:
        return "it is no virtual environment: there is no pyvenv.cfg in it"
    if not os.access(python, os.X_OK):
        return "its Python is gone or cannot be run"
    if not any(_holds_framework(packages) for packages in _site_packages(folder)):
        return "bigflow-framework is not installed in it"
    return ""


def _settings(path: str) -> dict[str, str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            pairs = [line.partition("=") for line in file]
    except OSError:
        return {}
    return {name.strip().lower(): value.strip() for name, equals, value in pairs if equals}


def _site_packages(folder: str) -> list[str]:
    lib = os.path.join(folder, "lib")
    return [os.path.join(lib, name, "site-packages") for name in _names(lib) if name.startswith("python3")]


def _holds_framework(packages: str) -> bool:
    """By its metadata: an editable installation has that too, while a `bigflow` folder may be somebody else's."""
    return any(name.startswith(_DISTRIBUTION) and name.endswith(".dist-info") for name in _names(packages))


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
