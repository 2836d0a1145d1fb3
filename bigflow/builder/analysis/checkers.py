"""Turns a project's files into the linters and type checkers that it uses."""

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from bigflow.builder.environment.site_packages import normal
from bigflow.project.layout import read_bytes

_PYTHON = "{python}"
_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Checker(NamedTuple):
    """A program that looks at the project's code. It is used when it is configured, or a dev dependency."""

    name: str  # of its package, its module and its tables of settings
    by_hand: tuple[str, ...] = ()  # what a user types before the paths
    flags: tuple[str, ...] = ()  # what makes its output readable here, and keeps it from changing files
    files: tuple[str, ...] = ()  # its own files of settings
    shared: tuple[str, ...] = ()  # files with a section for it

    def arguments(self, python: str) -> tuple[str, ...]:
        """What it is called with, before the paths."""
        return (*self.by_hand, *(python if flag == _PYTHON else flag for flag in self.flags))


LINTERS = (
    Checker(
        "ruff",
        by_hand=("check",),
        flags=("--no-fix", "--force-exclude", "--output-format", "concise"),
        files=("ruff.toml", ".ruff.toml"),
    ),
    Checker("flake8", flags=("--format", "default"), files=(".flake8",), shared=("setup.cfg", "tox.ini")),
    Checker(
        "pylint",
        by_hand=("--recursive", "y"),  # a folder of tests need not be a package
        flags=("--output-format", "text", "--score", "n"),
        files=("pylintrc", ".pylintrc", "pylintrc.toml", ".pylintrc.toml"),
        shared=("setup.cfg", "tox.ini"),
    ),
)
TYPE_CHECKERS = (
    Checker("mypy", flags=("--no-pretty",), files=("mypy.ini", ".mypy.ini"), shared=("setup.cfg",)),
    Checker("pyright", flags=("--pythonpath", _PYTHON), files=("pyrightconfig.json",)),
)


def used(checkers: tuple[Checker, ...], root: str) -> tuple[Checker, ...]:
    """Those that the project uses."""
    pyproject = _pyproject(read_bytes(os.path.join(root, "pyproject.toml")))
    return tuple(one for one in checkers if one.name in pyproject or _configured(one, root))


def _configured(checker: Checker, root: str) -> bool:
    if any(os.path.isfile(os.path.join(root, name)) for name in checker.files):
        return True
    section = re.compile(rb"^\[" + checker.name.encode() + rb"\b", re.MULTILINE)
    return any(section.search(read_bytes(os.path.join(root, name))) for name in checker.shared)


@lru_cache(maxsize=2)
def _pyproject(content: bytes) -> frozenset[str]:
    """The names of all tools that have a table, and of all development dependencies."""
    import tomllib  # late: a project may do without the file

    document = tomllib.loads(content.decode("utf-8-sig"))  # it was read before: it is TOML
    tools = document.get("tool")
    groups = document.get("dependency-groups")
    named = _group(groups, "dev", frozenset()) if isinstance(groups, dict) else ()
    return frozenset((*(tools if isinstance(tools, dict) else ()), *named))


def _group(groups: dict[str, object], name: str, seen: frozenset[str]) -> Iterator[str]:
    """The packages of a dependency group, and of the groups that it includes."""
    entries = next((value for key, value in groups.items() if normal(key) == normal(name)), None)
    if normal(name) in seen or not isinstance(entries, list):
        return
    for entry in entries:
        match entry:
            case str() if found := _REQUIREMENT.match(entry):
                yield normal(found[0])
            case {"include-group": str() as other}:
                yield from _group(groups, other, seen | {normal(name)})
