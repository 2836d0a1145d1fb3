"""Turns the project's `.venv`, where `bigflow install` made one, into what the lock says now."""

import os
import sys

from bigflow.builder.environment.marker import MARKER, fits, is_ours
from bigflow.builder.environment.own_source import own_source
from bigflow.builder.requirements.order import files_for
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Wishes, Work
from bigflow.errors import UsageError
from bigflow.project.environment import FOLDER


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    """The interpreter must be the one that the project names, whoever made it."""
    spec, python = project.spec, project.python
    if not fits(python.version, spec.python):
        raise UsageError(
            f"the project is for Python {spec.python}, and {python.path} is {python.version}",
            where=spec.where("python"),
            hint="bigflow install   makes a .venv with the right one",
        )
    if not os.path.isdir(os.path.join(project.root, FOLDER)):
        return NotNeeded(f"there is no {FOLDER}: {python.path} is used; bigflow install makes one")
    if not python.own:
        return NotNeeded(f"{FOLDER} cannot be used, {python.path} is; bigflow install repairs it")
    if not is_ours(project.root):
        return NotNeeded(f"{FOLDER} was not made by bigflow install: it is used as it is")
    return Declared(
        files=(*files_for(spec.requirements_file), "pyproject.toml"),
        values=(python.version, own_source(sys.path).identity),
        leaves=(MARKER,),
    )


def perform(work: Work) -> Done:
    from bigflow.builder.environment.installing import install, wanted_for  # late: most builds find nothing to do
    from bigflow.builder.uv.calling import find_uv

    project, offline = work.project, work.wishes.offline
    installed = install(
        wanted_for(project.spec), lambda: find_uv(project.root, work.tool, offline=offline), work.folder
    )
    state = "brought up to date" if installed.changed else "up to date"
    return Done(f"{FOLDER} {state} ({installed.packages} packages)")
