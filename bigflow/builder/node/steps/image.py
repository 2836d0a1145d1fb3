"""Turns a Node project with a Dockerfile into its image in `.image/`, by an engine."""

import os
from collections.abc import Iterator

from bigflow._files import files_below
from bigflow.builder.image.choice import DOCKERFILE
from bigflow.builder.image.outputs import LAYOUT, exports_tar, tar_path
from bigflow.builder.node.compiled import compiled
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Wishes, Work
from bigflow.project.node_package import read_node_package


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    if not os.path.isfile(os.path.join(project.root, DOCKERFILE)):
        return NotNeeded(f"there is no {DOCKERFILE}")
    from bigflow.builder.image import engine_build  # late, as all that knows images

    files, values = engine_build.inputs(project, wishes, ())
    made = compiled(project.root, read_node_package(project.root))
    archive = tar_path(project) if exports_tar(project, wishes) else ""  # which the artifact tells of
    return Declared((*files, *made), (archive, *values), LAYOUT, wishes.anew)


def perform(work: Work) -> Done:
    """What was compiled and tested is what a Dockerfile can copy: `COPY dist ./dist`."""
    from bigflow.builder.image import built, engine_build
    from bigflow.builder.image.context import Brought

    brought = tuple(Brought(path, path) for path in _made(work.project))
    return built.finish(work, engine_build.build(work, brought))


def _made(project: Project) -> Iterator[str]:
    for output in compiled(project.root, read_node_package(project.root)):
        full = os.path.join(project.root, output)
        if os.path.isfile(full):
            yield output
        for path in files_below(full):
            yield os.path.join(output, path)
