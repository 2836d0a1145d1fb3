"""Turns the table `[tool.bigflow.doctrine]` into what the project has decided, or into all that is wrong with it."""

from collections.abc import Iterator, Mapping
from typing import cast

from bigflow.artifacts.doctrine.doctrine import Doctrine, Lockfiles, Severity
from bigflow.builder.unknown import unknown
from bigflow.errors import Finding, InvalidProject

# The names of the rules, without the rules: whoever opens a project need not load them.
RULES = (
    "outputs",
    "secrets",
    "caches",
    "generated-code",
    "ignore-files",
    "docker-context",
    "locks",
    "big-files",
    "case-clashes",
)
SEVERITIES = ("fail", "warn", "off")
LOCKFILES = ("source", "artifact")
KEYS = (*RULES, "lockfiles", "exclude")


def doctrine_settings(table: tuple[tuple[str, object], ...], where: str) -> Doctrine:
    """What the table says; InvalidProject with all that is wrong with it."""
    if not table:
        return Doctrine()
    said = dict(table)
    exclude = said.get("exclude", {})
    wrong = [Finding(message, where, hint) for message, hint in _wrong(said)]
    if wrong:
        raise InvalidProject(wrong)
    return Doctrine(
        cast(Lockfiles, said.get("lockfiles", LOCKFILES[0])),
        tuple((rule, cast(Severity, said[rule])) for rule in RULES if rule in said),
        tuple(cast(Mapping[str, str], exclude).items()),
    )


def _wrong(said: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    yield from unknown("doctrine", said, KEYS)
    for key, value in said.items():
        if key == "exclude":
            yield from _wrong_exclude(value)
        elif key in KEYS:
            options = LOCKFILES if key == "lockfiles" else SEVERITIES
            if value not in options:
                yield f"doctrine.{key} cannot be {value!r}", f"one of {', '.join(options)}"


def _wrong_exclude(value: object) -> Iterator[tuple[str, str]]:
    example = '"tests/certs/" = "keys of test servers" below [tool.bigflow.doctrine.exclude]'
    if not isinstance(value, dict):
        yield "doctrine.exclude must be a table from pattern to reason", example
        return
    for pattern, reason in value.items():
        if not pattern.strip("/ "):
            yield f"doctrine.exclude cannot leave out {pattern!r}", example
        elif not isinstance(reason, str) or not reason.strip():
            yield f"doctrine.exclude does not say why {pattern} is left out", example
