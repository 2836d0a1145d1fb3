"""Turns a project into what the doctrine has to say of it."""

import os
from dataclasses import replace
from typing import NamedTuple

from bigflow.artifacts.doctrine.judging import Judged, judged
from bigflow.artifacts.doctrine.patterns import Finder
from bigflow.artifacts.doctrine.repository import Repository, Secret
from bigflow.artifacts.doctrine.rules import RULES
from bigflow.builder.doctrine.gathering import gathered
from bigflow.builder.doctrine.secrets import find_secrets
from bigflow.builder.step import Project
from bigflow.project import git

MEMORY = os.path.join(".bigflow", "clean-blobs")


class Examined(NamedTuple):
    """How many files are tracked, and what is not as the doctrine wants it."""

    tracked: int
    judged: tuple[Judged, ...]

    @property
    def fails(self) -> bool:
        return any(one.fails for one in self.judged)


def examined(project: Project, repository: git.Repository) -> Examined:
    """All rules that are not off."""
    found = gathered(project, repository)
    if project.doctrine.severity("secrets", RULES["secrets"].severity) != "off":
        found = replace(found, secrets=_secrets(project, repository, found))
    return Examined(len(found.tracked), judged(found, project.doctrine))


def _secrets(project: Project, repository: git.Repository, found: Repository) -> tuple[Secret, ...]:
    excluded = Finder(pattern for pattern, _ in project.doctrine.exclude)
    looked_into = (one for one in found.tracked if excluded.find(one.path) is None)
    return find_secrets(repository, looked_into, os.path.join(project.root, MEMORY), project.cache)
