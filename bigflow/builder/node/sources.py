"""Turns a Node project into the files that are its own: not those that were installed, nor those that were made."""

import glob
import os
from collections.abc import Iterator

from bigflow.builder.step import Project

# What tools install, make and remember, wherever it lies.
_NEVER = frozenset((".git", "node_modules", ".bigflow", ".venv", ".nyc_output", ".npm", ".yarn", ".pnpm-store"))
_MADE = frozenset(("build", "build_output", ".image", ".dags", "coverage"))  # in the root


def node_sources(project: Project, outputs: tuple[str, ...]) -> tuple[str, ...]:
    """As patterns that mean just these files."""
    made = {*_MADE, *(os.path.normpath(output) for output in outputs)}
    return tuple(glob.escape(path) for path in sorted(_below(project.root, "", made)))


def _below(root: str, folder: str, made: set[str]) -> Iterator[str]:
    with os.scandir(os.path.join(root, folder)) as entries:
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.name in _NEVER or path in made or entry.name.endswith(".tsbuildinfo"):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _below(root, path, made)
            else:
                yield path
