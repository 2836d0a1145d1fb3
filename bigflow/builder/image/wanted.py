"""Turns a project into the base images that it wants, one for each platform."""

from bigflow.builder.image.places import minor
from bigflow.builder.requirements.target import DEFAULT_PLATFORM
from bigflow.builder.step import Project
from bigflow.containers.descriptor import platform_named
from bigflow.containers.wanted import Wanted


def bases_wanted(project: Project) -> tuple[Wanted, ...]:
    """The base for each platform, in one order whatever the project's."""
    name = base_name(project)
    platforms = sorted(set(project.spec.image.platforms)) or [DEFAULT_PLATFORM]
    return tuple(Wanted(name, platform_named(platform), project.root) for platform in platforms)


def base_name(project: Project) -> str:
    """What the project says; else the official image of its Python."""
    return project.spec.image.base or f"python:{minor(project.spec.python or project.python.version)}-slim"
