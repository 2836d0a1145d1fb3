"""Turns the wheels of a build into the project's image in `.image/`."""

from typing import TYPE_CHECKING

from bigflow.builder.image.choice import DOCKERFILE, way
from bigflow.builder.image.outputs import LAYOUT, exports_tar, tar_path
from bigflow.builder.image.requirements import requirements_of
from bigflow.builder.image.wanted import bases_wanted
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Wishes, Work
from bigflow.builder.wheel.places import RUNTIME, wheel_path

if TYPE_CHECKING:
    from bigflow.builder.image.context import Brought


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    """What a tag stands for is no input: it is asked once a day."""
    always = wishes.upgrade or wishes.anew
    archive = tar_path(project) if exports_tar(project, wishes) else ""  # which the artifact tells of
    if way(project) == "engine":
        from bigflow.builder.image import engine_build  # late: most projects need none

        files, values = engine_build.inputs(project, wishes, _wheels(project))
        return Declared((DOCKERFILE, *files), (archive, *values), LAYOUT, always)
    files = (wheel_path(project), RUNTIME, DOCKERFILE, *requirements_of(project).files)
    bases = [f"{wanted.name} {wanted.platform} {wanted.state}" for wanted in bases_wanted(project)]
    values = (
        project.spec.name,
        project.version,
        project.commit or "",
        str(project.commit_time),
        project.python.version,
        archive,
        *bases,
    )
    return Declared(files, values, LAYOUT, always)


def perform(work: Work) -> Done:
    """One road for all images once they are made."""
    from bigflow.builder.image import built  # late, as all that knows images: an unchanged build only looks

    if way(work.project) == "engine":
        from bigflow.builder.image import engine_build

        return built.finish(work, engine_build.build(work, _wheels(work.project)))
    from bigflow.builder.image import native

    return built.finish(work, native.build(work))


def _wheels(project: Project) -> "tuple[Brought, ...]":
    from bigflow.builder.image.context import wheels_for

    return wheels_for(wheel_path(project), RUNTIME)
