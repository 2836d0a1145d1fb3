"""Turns the project's code into the verdict of the linters that it uses."""

from bigflow.builder.analysis.checkers import LINTERS
from bigflow.builder.analysis.checking import Checking
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Wishes, Work

_CHECKING = Checking(LINTERS, "lint", "linter")


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    return _CHECKING.declare(project, project.settings.lint)


def perform(work: Work) -> Done:
    return _CHECKING.perform(work, work.project.settings.lint)
