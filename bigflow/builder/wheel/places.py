"""Turns a project into the paths where its wheel, and the runtime's, lie after a build."""

import os

from bigflow.builder.step import Project
from bigflow.builder.wheel.archive import wheel_name
from bigflow.builder.wheel.runtime import FILE

RUNTIME = os.path.join("build", "runtime", FILE)


def wheel_path(project: Project) -> str:
    """Relative to the project."""
    return os.path.join("dist", wheel_name(project.spec.name, project.version))
