"""Turns what a linter or a type checker printed into findings."""

import re
from collections.abc import Iterator

from bigflow.errors import Finding

# `path:line[:column]: message` of ruff, flake8, pylint and mypy; `path:line:column - message` of pyright.
_COMPLAINT = re.compile(r"\s*(?P<path>[^\s:][^:]*\.\w+):(?P<line>[0-9]+)(?::[0-9]+)?(?::| -) (?P<message>\S.*)")
_REMARKS = ("note: ", "warning: ", "information: ")  # of a type checker: they explain, and fail nothing


def complaints(output: str) -> Iterator[Finding]:
    """Each complaint with its place, in the order of the output."""
    for line in output.splitlines():
        found = _COMPLAINT.fullmatch(line.rstrip())
        if found and not found["message"].startswith(_REMARKS):
            yield Finding(found["message"].removeprefix("error: "), f"{found['path']}:{found['line']}")
