"""Turns a file or a folder that a build left into a value that says exactly what it is."""

import hashlib
import os
from dataclasses import dataclass
from typing import NamedTuple

from bigflow._files import files_below, sha256_of

KINDS = ("wheel", "runtime", "image", "dag", "dagspec", "sbom", "emr-bundle", "archive")


class Part(NamedTuple):
    """One file of an artifact that is a folder; its path is relative to that folder."""

    path: str
    size: int
    sha256: str


class Made(NamedTuple):
    """What an artifact was made for: the version of the project, and the hash of all that went into it."""

    version: str
    inputs: str


@dataclass(frozen=True, slots=True)
class Artifact:
    """One thing that a build leaves. `details` says what only its kind knows (an image: its platform, for example)."""

    kind: str
    path: str  # relative to the project
    size: int
    sha256: str  # of the content; of an image: the digest of its manifest or index
    version: str
    inputs: str
    files: tuple[Part, ...] = ()
    details: tuple[tuple[str, str], ...] = ()
    variant: str = ""  # of the project, that it was built of


def artifact_of(root: str, path: str, kind: str, made: Made) -> Artifact:
    """The artifact that is one file."""
    full = os.path.join(root, path)
    return Artifact(kind, path, os.path.getsize(full), sha256_of(full), made.version, made.inputs)


def folder_artifact(root: str, path: str, kind: str, made: Made) -> Artifact:
    """The artifact that is a folder: its hash is that of the list of its files."""
    parts = parts_of(os.path.join(root, path))
    return Artifact(kind, path, sum(part.size for part in parts), listing(parts), made.version, made.inputs, parts)


def parts_of(folder: str) -> tuple[Part, ...]:
    """The files of a folder."""
    found = []
    for path in files_below(folder):
        full = os.path.join(folder, path)
        found.append(Part(path, os.path.getsize(full), sha256_of(full)))
    return tuple(found)


def listing(parts: tuple[Part, ...]) -> str:
    """One hash for all of them."""
    lines = "".join(f"{part.sha256} {part.size} {part.path}\n" for part in parts)
    return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()


def artifact_from_fields(read: dict[str, object]) -> Artifact:
    """The artifact whose plain fields were written as JSON; TypeError or KeyError when they are something else."""
    files, details = read.pop("files"), read.pop("details")
    if not isinstance(files, list) or not isinstance(details, list):
        raise TypeError("not the fields of an artifact")
    parts = tuple(Part(*one) for one in files)
    return Artifact(**read, files=parts, details=tuple((name, value) for name, value in details))  # type: ignore[arg-type]
