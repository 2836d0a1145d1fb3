"""Turns the folder that a command was started in into the project that it is about."""

import argparse
import os
import sys
from typing import NamedTuple

from bigflow import _ambient
from bigflow.cli.console import Console
from bigflow.errors import UsageError
from bigflow.project.glance import Glance, glance
from bigflow.project.layout import find_node_root, find_root
from bigflow.workflow.edition import LATEST, Edition, edition

_EDITING = 2.0  # seconds


class Here(NamedTuple):
    """Whose code is about to run: a project on disk, or only an installed package (in a pod)."""

    package: str
    edition: Edition
    project: Glance | None


def enter(arguments: argparse.Namespace, console: Console) -> Here:
    """Find the project, go into it as 1.11 did (current folder and import path), in its own interpreter."""
    root = project_root(arguments)
    package: str | None = getattr(arguments, "project_package", None)
    if root is None:
        if package is None:
            raise outside_of_a_project(arguments)
        sys.path.insert(0, os.getcwd())
        return Here(package, LATEST, None)
    go_into(root, console)
    seen = glance(root)
    _keep_no_fresh_bytecode(os.path.join(root, package or seen.package))
    if not seen.edition_said:
        console.note(
            f"no edition is named in [tool.bigflow] of pyproject.toml: the defaults of {seen.edition} hold; "
            f'edition = "{LATEST.name}" has better ones (docs/reference/workflow.md)'
        )
    return Here(package or seen.package, edition(seen.edition), seen)


def _keep_no_fresh_bytecode(package: str) -> None:
    """Python knows the source of bytecode by its length and second: of two edits in one it would keep the first."""
    just_now = _ambient.now().timestamp() - _EDITING
    for folder, _, files in os.walk(package):
        if any(name.endswith(".py") and _changed(os.path.join(folder, name)) > just_now for name in files):
            sys.dont_write_bytecode = True
            return


def _changed(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:  # an editor is at it
        return float("inf")


def go_into(root: str, console: Console) -> None:
    """Make the project's root the current folder and the first place of imports, in the project's own interpreter."""
    console.root = root
    _use_own_interpreter(root, console)
    os.chdir(root)
    sys.path.insert(0, root)


def project_root(arguments: argparse.Namespace) -> str | None:
    """The root of the project around `--project-dir`, or around the current folder."""
    start = getattr(arguments, "project_dir", None) or os.getcwd()
    if not os.path.isdir(start):
        raise UsageError(f"there is no folder {start}", hint="--project-dir takes the folder of a project")
    return find_root(os.path.abspath(start), os.path.expanduser("~"))


def built_root(arguments: argparse.Namespace) -> str | None:
    """The root of what can be built around there: a project, or a Node project that is nearer."""
    project = project_root(arguments)
    start = os.path.abspath(getattr(arguments, "project_dir", None) or os.getcwd())
    node = find_node_root(start, os.path.expanduser("~"))
    return node if node is not None and (project is None or len(node) > len(project)) else project


def outside_of_a_project(arguments: argparse.Namespace) -> UsageError:
    """The error of a command that needs a project and has none."""
    return UsageError(
        "this is not inside a bigflow project",
        where=getattr(arguments, "project_dir", None) or os.getcwd(),
        hint="a project has a pyproject.toml with [tool.bigflow]; go into one, or name it with --project-dir",
    )


def _use_own_interpreter(root: str, console: Console) -> None:
    """Project code runs in the project's `.venv`: this process becomes its Python, if it is not that already."""
    if not os.path.isdir(os.path.join(root, ".venv")):
        return
    from bigflow.project.environment import project_environment

    own = project_environment(root, sys.prefix)
    if own is None or own.current:
        return
    if own.problem:
        console.note(f"{console.place(own.folder)} is not used: {own.problem}; running in {sys.executable} instead")
        return
    if console.verbose:
        console.note(f"running in {console.place(own.python)}")
    sys.stdout.flush()
    os.execv(own.python, [own.python, "-m", "bigflow", *sys.argv[1:]])
