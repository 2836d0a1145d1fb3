"""Turns the folder of a new project into a git repository with a first commit and a first version."""

from typing import NamedTuple

from bigflow.errors import UsageError
from bigflow.project.git import NoRepository, initialize, open_repository

FIRST_VERSION = "0.1.0"


class Kept(NamedTuple):
    """Whether the project is under version control now, and what the user should know about it."""

    version: str | None  # that was tagged
    note: str = ""


def keep(place: str, name: str) -> Kept:
    """Commit and tag what lies there, unless a repository around it is there already. A failure is told, not raised."""
    around = open_repository(place)
    if not isinstance(around, NoRepository):
        return Kept(None, f"inside the git repository {around.toplevel}: nothing was committed, and no version tagged")
    if not around.absent:
        return Kept(None, f"no git repository was made: {around.reason}" + (f" ({around.hint})" if around.hint else ""))
    try:
        repository = initialize(place)
        known = repository.knows_author()
        repository.commit_all(f"{name}, as bigflow start-project makes it")
        repository.tag(FIRST_VERSION, f"{name} {FIRST_VERSION}")
    except UsageError as error:
        return Kept(None, f"no first version in git: {error.message}")
    note = "" if known else "git does not know who you are: the first commit was made by nobody (git config user.name)"
    return Kept(FIRST_VERSION, note)
