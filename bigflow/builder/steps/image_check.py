"""The finished image starts, has all workflows, and holds no secrets."""

from bigflow.builder.image.known import known_secrets
from bigflow.builder.image.machine import own_architecture
from bigflow.builder.image.outputs import FOLDER
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Wishes, Work


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    """It looks at the image, and at which secrets there are, not at the sources."""
    smoke = project.settings.smoke or ""
    values = (project.spec.package, smoke, wishes.env or "", own_architecture(), *sorted(known_secrets(project.root)))
    return Declared((f"{FOLDER}/index.json",), values)


def perform(work: Work) -> Done:
    """First what must not be, then whether it runs."""
    from bigflow.builder.image.checking import checked  # late: nothing of it is needed while nothing changes

    return checked(work)
