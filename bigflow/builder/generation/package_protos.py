"""Turns a project's package into the .proto files that lie in it."""

import os
from collections.abc import Iterator

from bigflow.builder.step import Project


def package_protos(project: Project) -> Iterator[str]:
    """Their paths in the project."""
    for parent, folders, names in os.walk(os.path.join(project.root, project.spec.package.replace(".", "/"))):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in names:
            if name.endswith(".proto"):
                yield os.path.relpath(os.path.join(parent, name), project.root)
