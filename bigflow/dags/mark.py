"""Turns a DAG file's origin into its first line, and that line back: so we know our own files among those of others."""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

_LINE = re.compile(r"# bigflow: project=(\S+) workflow=(\S+) version=(\S+)")
_PLAIN = "!+"  # beside letters, digits and _.-~: what versions are made of


@dataclass(frozen=True, slots=True)
class Mark:
    """Whose file it is."""

    project: str
    workflow_id: str
    version: str


def written(mark: Mark) -> str:
    """The line. Whatever would end it, or a word in it, is escaped as in URLs."""
    project, workflow_id, version = (quote(part, _PLAIN) for part in (mark.project, mark.workflow_id, mark.version))
    return f"# bigflow: project={project} workflow={workflow_id} version={version}"


def read(text: str) -> Mark | None:
    """The mark of a file that we wrote; None for one of somebody else."""
    found = _LINE.fullmatch(text.partition("\n")[0].rstrip("\r"))
    return Mark(*map(unquote, found.groups())) if found else None
