"""Turns what the user calls a new project into a name that everything can bear, or into the reason why not."""

import keyword
import re

from bigflow.errors import UsageError

# Wheels, registries and cluster objects take these; a folder, a Python name and an image can be called so, too.
_NAME = re.compile(r"[A-Za-z](?:[A-Za-z0-9]|[-_](?=[A-Za-z0-9]))*", re.ASCII)
_LONGEST = 50
_KEYWORDS = {word.lower() for word in keyword.kwlist}
_TAKEN = {
    "bigflow": "the framework's own package is called so",
    "bigflow_framework": "the framework's own distribution is called so",
    "project_package": "the package inside of every new project is called so",
    "test": "the folder of a project's tests is called so",
    "tests": "the folder of a project's tests may be called so",
    "resources": "the folder of a project's resources is called so",
}


def checked(said: str) -> str:
    """The name, if a project can have it."""
    name = said.strip()
    problem = _problem(name)
    if problem:
        hint = "letters, digits, - and _ between them, a letter first: bigflow start-project shop"
        raise UsageError(f"a project cannot be called {said!r}: {problem}", hint=hint)
    return name


def _problem(name: str) -> str:
    if not name:
        return "it is blank"
    if len(name) > _LONGEST:
        return f"it has more than {_LONGEST} characters"
    if not _NAME.fullmatch(name):
        return "it is no name but a path" if "/" in name or name in (".", "..") else "not every tool can bear that name"
    as_package = name.replace("-", "_")
    if as_package.lower() in _KEYWORDS:
        return "it is a word of Python's own"
    return _TAKEN.get(as_package.lower(), "")
