"""Turns several findings into the one error of a step."""

from collections.abc import Iterable

from bigflow.builder.step import StepFailed
from bigflow.errors import Finding


class SeveralFailed(StepFailed):
    """Everything that failed in a step, told at once. In one line it is the first two: how much, and what."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._findings = tuple(findings)
        first = self._findings[0]
        message = ": ".join(finding.message for finding in self._findings[:2])
        super().__init__(message, where=first.where, hint=next((one.hint for one in self._findings if one.hint), ""))

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self._findings


def last_line(output: str) -> str:
    """What a program said last; an empty string when it said nothing."""
    return next((line.strip() for line in reversed(output.splitlines()) if line.strip()), "")


def counted(number: int, thing: str) -> str:
    """`1 problem`, `2 problems`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
