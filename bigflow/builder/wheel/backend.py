"""Turns a staging folder into the wheel that the project's build backend makes of it."""

import os

from bigflow.builder.step import StepFailed, Work
from bigflow.builder.wheel.calling import Script, Silence, call
from bigflow.builder.wheel.environments import environment, python_of
from bigflow.builder.wheel.recipe import Recipe

_ROOM = "build-envs"


def build_wheel(work: Work, recipe: Recipe, source: str) -> str:
    """The path of the wheel, as the backend made it."""
    into = os.path.join(work.folder, "backend")
    os.makedirs(into, exist_ok=True)
    order = {"source": source, "into": into, "backend": recipe.backend, "backend_path": recipe.backend_path}
    requires = recipe.requires
    while True:
        place = environment(work, _ROOM, requires, requires)
        script = Script(python_of(place), "_hook.py", "build", _variables(work))
        told = call(work, script, {**order, "requires": requires}, source)
        if isinstance(told, Silence):
            raise _failed(recipe, told)
        match told:
            case {"missing": [*missing]} if missing:
                requires = (*requires, *map(str, missing))
            case {"wheel": str() as name}:
                _refuse_compiled(recipe, name)
                return os.path.join(into, name)


def _variables(work: Work) -> dict[str, str | None]:
    """The same for every build; a backend that asks git for the version is told ours."""
    return {
        "LC_ALL": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONHOME": None,
        "PYTHONPATH": None,
        "SETUPTOOLS_SCM_PRETEND_VERSION": work.project.version,
        "SOURCE_DATE_EPOCH": str(work.project.commit_time),
        "TZ": "UTC",
    }


def _failed(recipe: Recipe, silence: Silence) -> StepFailed:
    title = f"the build backend {recipe.backend} failed with code {silence.code}"
    hint = "what it reads is in pyproject.toml and in the setup file; its whole output is in the log of the step"
    return StepFailed("\n  ".join((title, *silence.last_lines)), where=recipe.origin, hint=hint)


def _refuse_compiled(recipe: Recipe, name: str) -> None:
    abi, platform = name.removesuffix(".whl").split("-")[-2:]
    if (abi, platform) != ("none", "any"):
        raise StepFailed(
            f"the build backend made a wheel for one platform only, {name}",
            where=recipe.origin,
            hint="put what is compiled into a package of its own, and name that in requirements.in",
        )
