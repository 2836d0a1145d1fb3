"""Turns the image of a Node project into whether it holds no secrets, and answers."""

import os

from bigflow.builder.image.choice import DOCKERFILE
from bigflow.builder.image.known import known_secrets
from bigflow.builder.image.outputs import FOLDER
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Wishes, Work


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    if not os.path.isfile(os.path.join(project.root, DOCKERFILE)):
        return NotNeeded(f"there is no {DOCKERFILE}")
    return Declared((f"{FOLDER}/index.json",), (project.settings.smoke or "", *sorted(known_secrets(project.root))))


def perform(work: Work) -> Done:
    from bigflow.builder.image.checking import checked  # late: nothing of it is needed while nothing changes

    return checked(work)
