"""Turns what the steps of a project declare to leave into a project without it."""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from bigflow._files import unwritable
from bigflow.builder.selection import Phase
from bigflow.builder.step import NotNeeded, Project, Step, Wishes
from bigflow.errors import BigflowError


def clean(project: Project, wishes: Wishes, phases: Iterable[Phase], steps: Mapping[str, Step]) -> None:
    """Remove it, and nothing else.

    The first phase leaves the lock, a source, and the environment that we may run in. What a step of the project's own
    leaves may be under version control. Both stay.
    """
    _, *others = phases
    own = {said.name for said in project.settings.steps}
    names = [step for phase in others for step in phase.all if step not in own]
    for path in dict.fromkeys(path for name in names for path in _leaves(steps[name], project, wishes)):
        _remove(os.path.join(project.root, path))


def _leaves(step: Step, project: Project, wishes: Wishes) -> Iterator[str]:
    """A step that cannot say what it would do now says so when its turn comes."""
    with suppress(BigflowError):
        declared = step.declare(project, wishes)
        if not isinstance(declared, NotNeeded):
            yield from declared.leaves


def _remove(path: str) -> None:
    try:
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        elif os.path.lexists(path):
            os.unlink(path)
    except OSError as error:
        raise unwritable(path, error) from error
