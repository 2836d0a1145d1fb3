"""Turns any folder inside a project into the project's root."""

import os
import re
from collections.abc import Iterator

ALL_VARIANTS = "all"  # stands for each of them
VARIANTS = ".bigflow/variants"  # has the folder of each variant
LOCK = ".bigflow/build.lock"  # held by the build that is at work; it says which one that is

_TABLE = re.compile(
    rb"""^[ \t]*(?: \[+ [ \t]* (?:tool[ \t]*\.[ \t]*["']?bigflow["']? | ["']?bigflow-project["']?) [ \t]* [].]
                  | tool[ \t]*\.[ \t]*bigflow[ \t]*[.=] )""",
    re.MULTILINE | re.VERBOSE,
)
_STANDARD_TABLE = re.compile(rb"^[ \t]*\[[ \t]*project[ \t]*\]", re.MULTILINE)
_SETUP_FILE = re.compile(
    rb"^(?: [^#\n]*\bbigflow\.build\b | [ \t]*from[ \t]+bigflow[ \t]+import\b[^#\n]*\bbuild\b | PROJECT_NAME\b )",
    re.MULTILINE | re.VERBOSE,
)


def find_root(start: str, home: str | None = None) -> str | None:
    """The nearest folder, from `start` upward, that is a project. Nothing above `home` is looked at."""
    return next((folder for folder in _upward(start, home) if is_project(folder)), None)


def find_node_root(start: str, home: str | None = None) -> str | None:
    """The nearest folder, from `start` upward, that has a package.json of its own."""
    return next(
        (folder for folder in _upward(start, home) if os.path.isfile(os.path.join(folder, "package.json"))), None
    )


def read_bytes(path: str) -> bytes:
    """What the file holds; nothing if there is no such file, or it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def mentions_bigflow(setup_file: bytes) -> bool:
    """Whether a setup file speaks to us: an ordinary setuptools project's does not."""
    return _SETUP_FILE.search(setup_file.removeprefix(b"\xef\xbb\xbf")) is not None


def speaks_of_a_project(pyproject: bytes) -> bool:
    """Whether it describes a project, and not only the settings of some tool."""
    text = pyproject.removeprefix(b"\xef\xbb\xbf")
    return _TABLE.search(text) is not None or _STANDARD_TABLE.search(text) is not None


def _upward(start: str, home: str | None) -> Iterator[str]:
    last = os.path.realpath(home) if home else None
    folder = os.path.abspath(start)
    while True:
        yield folder
        parent = os.path.dirname(folder)
        if parent == folder or os.path.realpath(folder) == last:
            return
        folder = parent


def is_project(folder: str) -> bool:
    """By what the files say, not by their syntax: a project whose pyproject.toml is broken is still one, to be told so.

    A pyproject.toml that says nothing about us (settings of some tool, another distribution) does not make a project,
    unless a deployment_config.py lies beside its [project] table. A project may have files of variants alone.
    """
    pyproject = read_bytes(os.path.join(folder, "pyproject.toml")).removeprefix(b"\xef\xbb\xbf")
    return (
        _TABLE.search(pyproject) is not None
        or mentions_bigflow(read_bytes(os.path.join(folder, "setup.py")))
        or os.path.isfile(os.path.join(folder, "project_setup.py"))
        or (
            _STANDARD_TABLE.search(pyproject) is not None
            and os.path.isfile(os.path.join(folder, "deployment_config.py"))
        )
        or (not pyproject and any(_is_ours(os.path.join(folder, name)) for name in _variants(folder)))
    )


def _variants(folder: str) -> list[str]:
    """`pyproject.binary.toml`, and the like."""
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return [name for name in names if name.startswith("pyproject.") and name.endswith(".toml")]


def _is_ours(file: str) -> bool:
    return _TABLE.search(read_bytes(file).removeprefix(b"\xef\xbb\xbf")) is not None
