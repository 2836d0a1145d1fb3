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
    root = project_root(arguments, console)
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
    if os.path.isdir(os.path.join(root, ".bigflow", "generated")):
        _find_generated_code(root)


def _find_generated_code(root: str) -> None:
    """Here, and in every Python that is started from here."""
    from bigflow.project.generated_path import ENTRY, GENERATED, extend  # late: few projects have any

    extend(os.path.join(root, GENERATED))
    entry, others = os.path.join(root, ENTRY), os.environ.get("PYTHONPATH", "")
    if entry not in others.split(os.pathsep):
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (entry, others)))


def project_root(arguments: argparse.Namespace, console: Console | None = None) -> str | None:
    """The root of the project around `--project-dir`, or around the current folder.

    For a command that shows what it does for a variant, `--variant` gives the variant's root, and `laid` is noted.
    """
    start = getattr(arguments, "project_dir", None) or os.getcwd()
    if not os.path.isdir(start):
        raise UsageError(f"there is no folder {start}", hint="--project-dir takes the folder of a project")
    root = find_root(os.path.abspath(start), os.path.expanduser("~"))
    variant: str | None = getattr(arguments, "variant", None)
    return root if root is None or variant is None or console is None else _laid_out(root, arguments, console)


def _laid_out(tree: str, arguments: argparse.Namespace, console: Console) -> str:
    """A variant is a project of its own, in a folder of its own; its files are shown as those that they come from."""
    from bigflow.project.variant_folder import lay_out  # late: a run in a pod has no variants

    laid = lay_out(tree, arguments.variant, lambda holder: console.note(f"waiting for {holder}"))
    arguments.laid = laid
    console.names = ((tree + os.sep, ""), *laid.names)
    return laid.folder


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
