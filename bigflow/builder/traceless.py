"""Turns a project into the variables under which its tools leave nothing among its sources."""

import os
from collections.abc import Mapping

from bigflow import _ambient
from bigflow.builder.step import Project
from bigflow.project.generated_path import ENTRY, GENERATED

CACHE = os.path.join(".bigflow", "cache")


def traceless(project: Project) -> Mapping[str, str | None]:
    """What they cache goes to one ignored folder; what they write is plain text, at once; no environment is chosen."""
    cache = os.path.join(project.root, CACHE)
    return {
        "PYTHONPYCACHEPREFIX": os.path.join(cache, "bytecode"),
        "PYTHONDONTWRITEBYTECODE": None,
        "PYTHONUNBUFFERED": "1",
        "PYTHONSAFEPATH": None,  # the project's root is where its tests find the package
        "MYPY_CACHE_DIR": os.path.join(cache, "mypy"),
        "RUFF_CACHE_DIR": os.path.join(cache, "ruff"),
        "PYLINTHOME": os.path.join(cache, "pylint"),
        "NO_COLOR": "1",
        "PY_COLORS": "0",
        "FORCE_COLOR": None,
        "CLICOLOR_FORCE": None,
        "MYPY_FORCE_COLOR": None,
        "bf_env": None,
        "BF_ENV": None,
        **with_generated(project),
    }


def with_generated(project: Project) -> Mapping[str, str]:
    """The variables under which Python, and what reads types, find the project's generated code; none without such."""
    if not os.path.isdir(os.path.join(project.root, GENERATED)):
        return {}
    places = {"PYTHONPATH": ENTRY, "MYPYPATH": GENERATED}
    said = _ambient.environment()
    return {name: _joined(os.path.join(project.root, place), said.get(name)) for name, place in places.items()}


def _joined(place: str, others: str | None) -> str:
    rest = [one for one in (others or "").split(os.pathsep) if one and one != place]
    return os.pathsep.join((place, *rest))
