"""What can go wrong, as values that the command line turns into three lines and an exit code."""

from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple


class ExitCode(IntEnum):
    """What the process tells its caller."""

    OK = 0
    FAILED = 1  # the user's thing was run and failed: a job, a test, a check
    USAGE = 2  # it could not begin: usage, configuration, a project that cannot be read
    INTERNAL = 3  # our bug
    OUTSIDE = 4  # a service that we do not own
    CHANGES = 10  # changes are pending, and it was asked to say so
    INTERRUPTED = 130
    TERMINATED = 143


class Finding(NamedTuple):
    """One thing that is wrong, where it is, and what to do next."""

    message: str
    where: str = ""  # "project_package/workflow.py:12"
    hint: str = ""


class BigflowError(Exception):
    """An error that the user can act on. Everything else that escapes is a bug of ours."""

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint
        if hint:
            self.add_note(f"hint: {hint}")  # where a traceback shows it: in jobs, and in plain Python files

    @property
    def findings(self) -> tuple[Finding, ...]:
        return (Finding(self.message, self.where, self.hint),)


class UsageError(BigflowError):
    """The command, the configuration or the project cannot be understood."""

    exit_code = ExitCode.USAGE


class OutsideError(BigflowError):
    """A service that we depend on refused, failed or did not answer."""

    exit_code = ExitCode.OUTSIDE


class InvalidProject(UsageError):
    """Everything that is wrong with a project, told at once."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._findings = tuple(findings)
        first = self._findings[0] if self._findings else Finding("the project is invalid")
        super().__init__(first.message, where=first.where, hint=first.hint)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self._findings

    def __str__(self) -> str:
        return "\n".join(f"{f.where}: {f.message}" if f.where else f.message for f in self._findings)


def nearest(word: str, known: Iterable[str]) -> str:
    """The known spelling that `word` was most likely meant to be, or an empty string."""
    from difflib import get_close_matches  # late: only when something went wrong

    return next(iter(get_close_matches(word, list(known), n=1, cutoff=0.6)), "")
