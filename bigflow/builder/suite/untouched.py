"""Turns what will be packaged into a value that shows, later, whether it is still the same."""

import os
from collections.abc import Mapping

from bigflow._files import files_below, sha256_of
from bigflow.builder.step import Project

_LARGE = 1 << 20  # bytes from which on size and time stand for the content


def packaged(project: Project) -> Mapping[str, str]:
    """Each file of the package and the resources, with what tells it from another."""
    folders = (project.spec.package, project.spec.resources_dir)
    paths = (
        os.path.join(folder, path) for folder in folders for path in files_below(os.path.join(project.root, folder))
    )
    return {path: _content(os.path.join(project.root, path)) for path in paths}


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """The files that came, went or changed."""
    return tuple(sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path)))


def _content(path: str) -> str:
    try:
        stat = os.stat(path)
        if stat.st_size >= _LARGE:
            return f"{stat.st_size} {stat.st_mtime_ns}"
        return "folder" if os.path.isdir(path) else sha256_of(path)
    except OSError as error:
        return f"unreadable: {error.errno}"
