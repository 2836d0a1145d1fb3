"""Turns a repository and what the project says of the doctrine into the violations that count, with their weight."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from bigflow.artifacts.doctrine.doctrine import Doctrine
from bigflow.artifacts.doctrine.patterns import Finder
from bigflow.artifacts.doctrine.repository import Repository
from bigflow.artifacts.doctrine.rules import RULES, shown
from bigflow.artifacts.doctrine.violation import Violation
from bigflow.errors import Finding


class Judged(NamedTuple):
    """A violation, and whether it fails the check."""

    violation: Violation
    fails: bool

    @property
    def finding(self) -> Finding:
        """The same for whoever shows findings of all kinds: what, and why that matters; where; what to do."""
        one = self.violation
        where = one.where if one.where.isprintable() else shown(one.where)  # on one line, whatever a name holds
        return Finding(f"{one.rule}: {one.message} ({RULES[one.rule].why})", where, one.repair)


def judged(repository: Repository, doctrine: Doctrine) -> tuple[Judged, ...]:
    """The violations of all rules that are not off; what fails comes first."""
    excluded = Finder(pattern for pattern, _ in doctrine.exclude)
    counted = _without(repository, excluded) if doctrine.exclude else repository
    found = tuple(_judged(counted, doctrine, excluded))
    return (*(one for one in found if one.fails), *(one for one in found if not one.fails))


def _judged(repository: Repository, doctrine: Doctrine, excluded: Finder) -> Iterator[Judged]:
    for name, rule in RULES.items():
        severity = doctrine.severity(name, rule.severity)
        if severity == "off":
            continue
        for violation in rule.broken(repository):
            if excluded.find(violation.where) is None:
                yield Judged(violation, severity == "fail")


def _without(repository: Repository, excluded: Finder) -> Repository:
    """The repository as if what is excluded were not there."""
    context = repository.context
    if context is not None:
        context = context._replace(files=tuple(one for one in context.files if excluded.find(one[0]) is None))
    return replace(
        repository,
        tracked=tuple(one for one in repository.tracked if excluded.find(one.path) is None),
        locks=tuple(one for one in repository.locks if excluded.find(one.path) is None),
        secrets=tuple(one for one in repository.secrets if excluded.find(one.path) is None),
        context=context,
    )
