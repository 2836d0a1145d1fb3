"""Turns the project's code into the verdict of the type checkers that it uses."""

from bigflow.builder.analysis.checkers import TYPE_CHECKERS
from bigflow.builder.analysis.checking import Checking
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Wishes, Work

_CHECKING = Checking(TYPE_CHECKERS, "types", "type checker")


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    return _CHECKING.declare(project, project.settings.types)


def perform(work: Work) -> Done:
    return _CHECKING.perform(work, work.project.settings.types)
