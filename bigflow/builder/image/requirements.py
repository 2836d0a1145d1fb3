"""Turns a project into what its lock says, as far as that decides about a layer."""

import os
from dataclasses import dataclass

from bigflow.builder.requirements.lines import logical_lines
from bigflow.builder.requirements.order import files_for
from bigflow.builder.requirements.sources import read_sources
from bigflow.builder.step import Project


@dataclass(frozen=True, slots=True)
class Requirements:
    """What the lock says: the lines that decide, the places where packages lie, and whether all have hashes."""

    path: str
    files: tuple[str, ...]
    lines: tuple[str, ...]
    places: tuple[str, ...]
    hashed: bool


def requirements_of(project: Project) -> Requirements:
    """Of the lock and of what it includes. Comments have no say."""
    source, lock = files_for(project.spec.requirements_file)
    if not os.path.exists(os.path.join(project.root, lock)):
        return Requirements(lock, (lock,), (), (), hashed=True)
    read = read_sources(project.root, lock)
    lines = tuple(line.text for content in read.contents for line in logical_lines(content))
    places = read_sources(project.root, source).places if os.path.exists(os.path.join(project.root, source)) else ()
    hashed = all("--hash" in line.text for line in read.lines)
    return Requirements(lock, read.files, lines, places, hashed)
