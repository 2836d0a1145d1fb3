"""Turns a project into one whose own `.venv` holds its requirements, its development tools and the framework."""

import argparse
import os
import re
from dataclasses import replace

from bigflow._ambient import stopwatch
from bigflow.builder.environment.installing import Installed, install, wanted_for
from bigflow.builder.environment.marker import fits
from bigflow.builder.requirements.order import order_of
from bigflow.builder.uv.calling import find_uv, plain_tool
from bigflow.cli.console import Console
from bigflow.cli.here import outside_of_a_project, project_root
from bigflow.cli.locking import alone, interpreter, keep_lock, lock_requirements
from bigflow.cli.options import add_variant
from bigflow.cli.run_lines import duration
from bigflow.errors import ExitCode, UsageError
from bigflow.project.layout import ALL_VARIANTS
from bigflow.project.spec import ProjectSpec, read_spec

TIME_LIMIT = 3600.0  # seconds
_VERSION = re.compile(r"3\.[0-9]+(?:\.[0-9]+)?", re.ASCII)


def add_options(parser: argparse.ArgumentParser) -> None:
    add_variant(parser)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that are allowed")
    parser.add_argument("--python", metavar="VERSION", help="of the environment, where pyproject.toml names none: 3.12")


def run(arguments: argparse.Namespace, console: Console) -> int:
    if arguments.variant == ALL_VARIANTS:
        from bigflow.cli.each_variant import each_variant  # late: nearly all commands are about one

        return each_variant(arguments, console)
    root = project_root(arguments, console)
    if root is None:
        raise outside_of_a_project(arguments)
    console.root = root
    began = stopwatch()
    spec = read_spec(root, execute=True)
    python = _python(arguments.python, spec)
    here = interpreter(root)
    order = replace(order_of(spec, here._replace(version=python or here.version)), upgrade=arguments.upgrade)
    tool = plain_tool(root, TIME_LIMIT)
    with alone(root, "install", console) as scratch:
        if os.path.isfile(os.path.join(root, order.source)):
            lock_requirements(order, tool, scratch, console)
            keep_lock(arguments)
        installed = install(wanted_for(spec, python), lambda: find_uv(root, tool), scratch)
    _tell(installed, stopwatch() - began, console)
    return ExitCode.OK


def _python(said: str | None, spec: ProjectSpec) -> str | None:
    """The version that is asked for, if any."""
    if said is None:
        return spec.python
    if not _VERSION.fullmatch(said):
        raise UsageError(f"--python cannot be {said!r}", hint="a version, for example --python 3.12")
    if spec.python and not fits(said, spec.python):
        raise UsageError(
            f"--python {said} is not what the project says: {spec.python}",
            where=spec.where("python"),
            hint="the lock, the tests and the image have to have one Python: change it there",
        )
    return said


def _tell(installed: Installed, seconds: float, console: Console) -> None:
    packages = f"Python {installed.python}, {installed.packages} packages"
    if not installed.ours:
        console.note(".venv was not made by bigflow: what was missing has been added, and nothing taken out of it")
    state = f"ready in {duration(seconds)}" if installed.changed else "up to date"
    console.say(f".venv: {packages}, {state}")
