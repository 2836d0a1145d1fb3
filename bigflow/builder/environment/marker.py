"""Turns a project's `.venv` into whether it is ours, and the one that is wanted."""

import os

from bigflow.project.environment import FOLDER

# What we made bears this file from the first moment. It holds the key of what is in it; nothing while that changes.
MARKER = f"{FOLDER}/bigflow-installed"


def is_ours(root: str) -> bool:
    """Whether we made the environment: only then is anything taken out of it."""
    return os.path.isfile(os.path.join(root, MARKER))


def fits(version: str | None, python: str | None) -> bool:
    """Whether a version is the wanted one: 3.12.4 is 3.12."""
    return python is None or (version is not None and f"{version}.".startswith(f"{python}."))
