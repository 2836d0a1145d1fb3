"""Turns what a project's files say about packaging into the one way in which its wheel is built."""

import glob
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from bigflow.builder.requirements.names import FRAMEWORKS, name_of, normal
from bigflow.errors import UsageError

# Exact: the metadata that setuptools writes differ from one release to the next, and our wheels must not.
SETUPTOOLS = "setuptools==80.9.0"
_BACKEND = "setuptools.build_meta"
_LEGACY = "setuptools.build_meta:__legacy__"

# What backends read besides the sources: they lie in the project's root.
_BESIDE = ("AUTHORS*", "COPYING*", "LICEN[CS]E*", "MANIFEST.in", "NOTICE*", "README*", "VERSION*", "setup.cfg")
_OF_US = re.compile(rb"^[ \t]*(?:from|import)[ \t]+bigflow\b", re.MULTILINE)
_OF_SETUPTOOLS = re.compile(rb"^[ \t]*(?:from|import)[ \t]+(?:setuptools|distutils)\b", re.MULTILINE)


class Said(NamedTuple):
    """The texts of the files that decide; empty where there is no such file."""

    name: str  # the project's
    pyproject: bytes
    setup_files: tuple[tuple[str, bytes], ...]  # in the order in which they count


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a wheel is built: who decided it, what builds it, and what that needs to see besides the sources."""

    origin: str  # "pyproject.toml", "setup.py", or "bigflow"
    backend: str
    backend_path: tuple[str, ...]
    requires: tuple[str, ...]
    patterns: tuple[str, ...]  # of files in the project
    setup_file: str | None = None  # what becomes setup.py


def recipe(said: Said) -> Recipe:
    """The project's own backend if its pyproject.toml describes it, else its plain setup file, else what we know."""
    document = _document(said.pyproject)
    backend, requires, path = _build_system(document)
    patterns = ("pyproject.toml", *_BESIDE, *_named(document))
    if _describes(document, said.name) and not backend.startswith("bigflow"):
        setup = _setup_file(said, ("setup.py",))
        return Recipe("pyproject.toml", backend or _LEGACY, path, requires or (SETUPTOOLS,), patterns, setup)
    setup = _setup_file(said, tuple(name for name, _ in said.setup_files))
    if setup is None:
        return Recipe("bigflow", _BACKEND, (), (SETUPTOOLS,), _BESIDE)
    if "project" in document or backend.startswith("bigflow"):  # of another distribution, or of 1.11
        return Recipe(setup, _LEGACY, (), (SETUPTOOLS,), _BESIDE, setup)
    return Recipe(setup, backend or _LEGACY, path, requires or (SETUPTOOLS,), patterns, setup)


def _document(pyproject: bytes) -> dict[str, object]:
    import tomllib  # late: a project may do without the file

    try:
        return tomllib.loads(pyproject.decode("utf-8-sig").replace("\r\n", "\n"))
    except ValueError as error:
        raise UsageError(f"not valid TOML: {error}", where="pyproject.toml") from None


def _describes(document: dict[str, object], name: str) -> bool:
    """Whether the file is about this project: several distributions can share a folder."""
    names = (_table(document, "project").get("name"), _table(document, "tool", "poetry").get("name"))
    return any(isinstance(one, str) and normal(one) == normal(name) for one in names)


def _build_system(document: dict[str, object]) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    table = _table(document, "build-system")
    requires = tuple(one for one in _texts(table.get("requires")) if name_of(one) not in FRAMEWORKS)
    return str(table.get("build-backend") or ""), requires, _texts(table.get("backend-path"))


def _setup_file(said: Said, names: tuple[str, ...]) -> str | None:
    """The first that speaks to setuptools alone. One that imports us is read, and never run by a build."""
    for name, text in said.setup_files:
        if name in names and _OF_SETUPTOOLS.search(text) and not _OF_US.search(text):
            return name
    return None


def _named(document: dict[str, object]) -> Iterator[str]:
    """The files that the metadata are taken from."""
    project, tool = _table(document, "project"), _table(document, "tool", "setuptools")
    for value in (project.get("readme"), project.get("license")):
        file = value.get("file") if isinstance(value, dict) else value if value is project.get("readme") else None
        yield from (glob.escape(name) for name in _texts(file) if _is_inside(name))
    yield from (pattern for pattern in _texts(project.get("license-files")) if _is_inside(pattern))
    for field in _table(tool, "dynamic").values():
        if isinstance(field, dict):
            yield from (glob.escape(name) for name in _texts(field.get("file")) if _is_inside(name))
    for folder in _texts(_table(document, "build-system").get("backend-path")):
        if _is_inside(folder):
            yield f"{glob.escape(folder)}/*.py"


def _is_inside(path: str) -> bool:
    return not path.startswith("/") and ".." not in path.split("/")


def _table(document: object, *keys: str) -> dict[str, object]:
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}


def _texts(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(one for one in values if isinstance(one, str))
