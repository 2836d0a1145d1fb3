"""Turns the lock into the image's layer of what it names, while the checks of the sources keep nobody from it."""

from bigflow.builder.image.choice import way
from bigflow.builder.image.requirements import requirements_of
from bigflow.builder.image.wanted import bases_wanted
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Wishes, Work


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    """It leaves nothing in the project: the layer is kept for all projects of this machine."""
    if way(project) == "engine":
        return NotNeeded("the Dockerfile says what is installed", quiet=True)
    wanted = requirements_of(project)
    if not wanted.lines:
        return NotNeeded("nothing is required", quiet=True)
    bases = (f"{wanted.name} {wanted.platform} {wanted.state}" for wanted in bases_wanted(project))
    return Declared(wanted.files, (project.python.version, *bases))


def perform(work: Work) -> Done:
    """What cannot be done yet, or is lost meanwhile, is done with the image."""
    from bigflow.builder.image import native  # late, as all that knows images: an unchanged build only looks
    from bigflow.drawing.sizes import size

    layers = native.ahead(work)
    if not layers:
        return Done("left to the image: its base is not on this machine yet", good_for=0.0)
    return Done(f"layer of the lock ({size(sum(layer.blob.size for layer in layers))})")
