"""Turns the Python files of a folder into bytecode, by a Python of this machine that is of the image's kind."""

import os
from typing import NamedTuple

from bigflow.builder.image.places import VENV, minor
from bigflow.builder.step import StepFailed, Work
from bigflow.builder.uv.calling import find_uv

_SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_compile.py")
_ASK = "import platform, sys; print(platform.python_implementation(), '.'.join(map(str, sys.version_info[:3])))"
_UNSET = ("PYTHONPYCACHEPREFIX", "PYTHONPATH", "PYTHONHOME", "PYTHONOPTIMIZE", "PYTHONINSPECT")


class Compiler(NamedTuple):
    """A Python that compiles for the image. Another release of it may compile to other bytes."""

    path: str
    version: str  # "3.12.3"


def compiler_for(work: Work, python: str) -> Compiler | None:
    """The project's own Python if it is of this minor version, else one that uv knows of on this machine."""
    own = work.project.python
    if minor(own.version) == python:
        return Compiler(own.path, own.version)
    found = find_uv(work.project.root, work.tool, offline=True).run("python", "find", "--no-project", python)
    path = found.stdout.strip().rpartition("\n")[2]
    if not found.ok or not os.path.isabs(path):
        return None
    told = work.tool((path, "-I", "-S", "-c", _ASK)).stdout.split()
    return Compiler(path, told[1]) if len(told) == 2 and told[0] == "CPython" and minor(told[1]) == python else None


def compile_into(work: Work, compiler: Compiler, folder: str) -> None:
    """Have bytecode beside the sources; `folder` becomes the environment of the image."""
    variables = {"PYTHONHASHSEED": "0", **dict.fromkeys(_UNSET), "LC_ALL": "C.UTF-8"}
    call = f"runpy.run_path({_SCRIPT!r})['compile_all']({folder!r}, {f'/{VENV}'!r})"
    command = (compiler.path, "-P", "-s", "-S", "-W", "ignore", "-c", f"import runpy; raise SystemExit({call})")
    done = work.tool(command, env_add=variables)
    if not done.ok:
        last = done.stdout.strip().rpartition("\n")[2]
        raise StepFailed(f"the packages could not be compiled: {last or f'exit code {done.returncode}'}")
