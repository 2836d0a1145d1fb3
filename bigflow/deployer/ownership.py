"""Turns the text of a file into whether it is a project's own: only such files are ever changed or deleted."""

from bigflow.dags import mark


def is_of(text: str, project: str) -> bool:
    """Whether its mark names the project."""
    found = mark.read(text)
    return found is not None and found.project == project
