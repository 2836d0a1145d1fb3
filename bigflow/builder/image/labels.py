"""Turns a project into the labels by which its image can be traced back to its sources."""

import re

from bigflow.builder.step import Project
from bigflow.containers.bases import Base
from bigflow.project.git import Repository, open_repository

_PREFIX = "org.opencontainers.image."
_ADDRESS = re.compile(r"(?:https?|ssh|git)://(?:[^/@\s]*@)?([^/@\s:]+)(?::[0-9]+)?/([^\s?#]+)")
_SHORT = re.compile(r"(?:[^/@\s:]+@)([^/@\s:]+):(?!/)([^\s?#]+)")  # git@host:team/shop.git


def labels(project: Project, base: Base) -> dict[str, str]:
    """Those that the standard knows. None says anything about the machine or the person that built."""
    said = {
        "title": project.spec.name,
        "version": project.version,
        "revision": project.commit or "",
        "source": source(_origin(project.root)),
        "base.name": base.public_name,
        "base.digest": base.digest,
    }
    return {f"{_PREFIX}{name}": value for name, value in said.items() if value}


def source(origin: str) -> str:
    """The address of a repository as a browser takes it, however it was cloned; empty for what lies on a disk."""
    found = _ADDRESS.fullmatch(origin) or _SHORT.fullmatch(origin)
    return f"https://{found[1]}/{found[2].strip('/').removesuffix('.git')}" if found else ""


def of_base(name: str) -> bool:
    """Whether a label of the base speaks of the base, and would be wrong about what is built on it."""
    return name.startswith(_PREFIX)


def _origin(root: str) -> str:
    repository = open_repository(root)
    return (repository.origin() or "") if isinstance(repository, Repository) else ""
