"""Run as a script: turns a setup file into a JSON file of what it calls `bigflow.build` with. Nothing is built."""

import json
import os
import runpy
import sys
import traceback
import types
from importlib import import_module

_said: dict[str, object] = {}


def _setup(project_dir: object = None, **keywords: object) -> None:
    _said.update(keywords)


def _default_project_setup(project_name: object, project_dir: object = None, **keywords: object) -> None:
    _said.update(keywords, name=project_name)


def _auto_configuration(project_name: object, project_dir: object = None, **keywords: object) -> dict[str, object]:
    return {**keywords, "name": project_name}


def _project_setup(configuration: dict[str, object] | None = None, **keywords: object) -> dict[str, object]:
    configured = {**(configuration or {}), **keywords}
    if "project_name" in configured:
        configured["name"] = configured.pop("project_name")
    _said.update(configured)
    return {}


def _nothing(*arguments: object, **keywords: object) -> None:
    return None


def _install_stubs() -> None:
    import bigflow

    build = types.ModuleType("bigflow.build")
    vars(build).update(
        setup=_setup,
        default_project_setup=_default_project_setup,
        auto_configuration=_auto_configuration,
        project_setup=_project_setup,
    )
    vars(bigflow)["build"] = sys.modules["bigflow.build"] = build
    try:
        setuptools = import_module("setuptools")
    except ModuleNotFoundError:  # many environments have none, and the file wants it only for what we do not do
        setuptools = sys.modules["setuptools"] = types.ModuleType("setuptools")
        vars(setuptools).update(find_packages=_nothing, find_namespace_packages=_nothing)
    vars(setuptools)["setup"] = _nothing


def _plain(value: object) -> object:
    """A value as JSON can say it: paths as text, sets as lists; of anything else only that it is something else."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(element) for element in value]
    if isinstance(value, dict):
        return {str(key): _plain(element) for key, element in value.items()}
    return {"python": type(value).__name__}


def _record(file: str) -> dict[str, object]:
    """Run the file as if it had been called; an exit is fine when the setup had been called before."""
    constants: dict[str, object] = {}
    error, line = "", 0
    try:
        name = runpy.run_path(file, run_name="__main__").get("PROJECT_NAME")
        constants = {"name": _plain(name)}
    except SystemExit as exit_:
        error = "" if _said else f"it exited with {exit_.code!r} before it called setup"
    except BaseException as failure:
        error = f"{type(failure).__name__}: {failure}"
        line = next(
            (f.lineno or 0 for f in reversed(traceback.extract_tb(failure.__traceback__)) if f.filename == file), 0
        )
        if isinstance(failure, SyntaxError) and failure.filename == file:
            line = failure.lineno or 0
    said = {key: _plain(value) for key, value in _said.items()}
    return {"said": said, "constants": constants, "error": error, "line": line}


def _main(root: str, file: str, answer: str) -> None:
    framework = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    sys.path[0] = root
    sys.path.append(framework)
    sys.argv = [file]
    _install_stubs()
    told = _record(file)
    with open(answer, "w", encoding="utf-8") as result:
        json.dump(told, result)
    os._exit(0)  # whatever the file left running ends here


if __name__ == "__main__":
    _main(*sys.argv[1:])
