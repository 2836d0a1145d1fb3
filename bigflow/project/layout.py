"""Turns any folder inside a project into the project's root."""

import os
import re
from collections.abc import Iterator

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
    unless a deployment_config.py lies beside its [project] table.
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
    )
