"""Turns a command line of the project's own into one that finds the project's tools first."""

import os
import shlex
from collections.abc import Iterable

from bigflow.builder.step import Project


def shell(project: Project, command: str) -> tuple[str, ...]:
    """A shell that runs it, and stops at its first line that fails."""
    programs = shlex.quote(os.path.dirname(project.python.path))
    return "sh", "-ec", f'PATH={programs}:"$PATH"; export PATH\n{command}'


def by_hand(project: Project, args: Iterable[str]) -> str:
    """The same, as a user in the project's root would type it: with the project's Python before it."""
    path = project.python.path
    inside = path.startswith(project.root + os.sep)
    return shlex.join((os.path.relpath(path, project.root) if inside else path, *args))
