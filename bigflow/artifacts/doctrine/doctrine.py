"""What a project has decided about the doctrine, as a value."""

from typing import Literal, NamedTuple

Severity = Literal["fail", "warn", "off"]
Lockfiles = Literal["source", "artifact"]


class Doctrine(NamedTuple):
    """Nothing, unless it says something."""

    lockfiles: Lockfiles = "source"
    severities: tuple[tuple[str, Severity], ...] = ()  # by rule, where it says otherwise
    exclude: tuple[tuple[str, str], ...] = ()  # pattern, reason

    def severity(self, rule: str, usual: Severity) -> Severity:
        """What a violation of the rule does."""
        return dict(self.severities).get(rule, usual)
