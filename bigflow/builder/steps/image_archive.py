"""Turns the image in `.image/` into an archive beside it, for `docker load` and `podman load`."""

import os

from bigflow.builder.image.outputs import FOLDER, exports_tar, tag_of, tar_path
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Wishes, Work


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    """It is wanted by few, and nobody waits for it: the image is checked meanwhile."""
    if not exports_tar(project, wishes):
        return NotNeeded("no archive is asked for", quiet=True)
    values = (project.spec.docker_repository or "", project.spec.name, project.version)
    return Declared((f"{FOLDER}/index.json",), values, (tar_path(project),))


def perform(work: Work) -> Done:
    """Archives hold one image only."""
    from bigflow.builder.image.built import for_this_machine  # late, as all that knows images
    from bigflow.containers.docker_tar import write_tar
    from bigflow.containers.layout import Layout
    from bigflow.containers.reference import parse
    from bigflow.drawing.sizes import size

    project = work.project
    layout = Layout(os.path.join(project.root, FOLDER))
    images = layout.images()
    name = parse(project.spec.docker_repository or project.spec.name.lower())
    path = os.path.join(project.root, tar_path(project))
    write_tar(for_this_machine(images) or images[0], layout.store, path, name.tagged(tag_of(project.version)))
    return Done(f"{os.path.basename(path)} ({size(os.path.getsize(path))})")
