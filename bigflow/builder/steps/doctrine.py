"""Turns what git has of the project into the proof that these are sources, and nothing else."""

import os

from bigflow.builder.failures import SeveralFailed, counted
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Wishes, Work
from bigflow.project.git import NoRepository, index_file, open_repository

_FILES = (".gitignore", ".dockerignore", "Dockerfile", "Dockerfile.dockerignore", "pyproject.toml")


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    """Git's index says by itself whether it has changed: its content would cost more to hash than to judge."""
    index = index_file(project.root)
    if index is None:
        return NotNeeded("the project is not in a git repository")
    try:
        state = os.stat(index)
    except OSError:
        return NotNeeded("git tracks nothing yet")
    return Declared(_FILES, (str(state.st_size), str(state.st_mtime_ns), str(state.st_ino)))


def perform(work: Work) -> Done:
    from bigflow.builder.doctrine.examining import examined  # late: most builds find the index as it was

    repository = open_repository(work.project.root)
    if isinstance(repository, NoRepository):
        return Done(f"not looked at: {repository.reason}")
    found = examined(work.project, repository)
    for one in found.judged:
        work.tell("   ".join(part for part in one.finding if part))
    if found.fails:
        raise SeveralFailed([one.finding for one in found.judged if one.fails])
    warnings = tuple(one.finding for one in found.judged)
    return Done(f"git ok ({counted(found.tracked, 'file')})", warnings=warnings)
