"""Turns what steps declare into which step waits for which: whoever reads a path waits for the step that leaves it."""

import os
from collections.abc import Mapping
from fnmatch import fnmatchcase

from bigflow.builder.step import Declared
from bigflow.errors import Finding, InvalidProject


def waits_for(declared: Mapping[str, Declared]) -> dict[str, frozenset[str]]:
    """For each step, the others that must end before it begins; InvalidProject when that can never be."""
    waits = {step: frozenset(_before(step, declared)) for step in declared}
    left = dict(waits)
    while left:
        free = [step for step, others in left.items() if not others & left.keys()]
        if not free:
            circle = ", ".join(sorted(left))
            hint = "see `inputs` and `outputs` in [[tool.bigflow.build.steps]]"
            raise InvalidProject([Finding(f"these steps wait for each other: {circle}", hint=hint)])
        for step in free:
            del left[step]
    return waits


def _before(step: str, declared: Mapping[str, Declared]) -> list[str]:
    """What two steps leave in one place is a mistake of whoever declared the second."""
    mine = declared[step]
    for other, its in declared.items():
        if other < step and any(_meet(one, two) for one in mine.leaves for two in its.leaves):
            raise InvalidProject([Finding(f"the steps {other} and {step} leave the same file or folder")])
    return [
        other
        for other, its in declared.items()
        if other != step and any(_meet(read, left) for read in mine.files for left in its.leaves)
    ]


def _meet(one: str, other: str) -> bool:
    """Whether one path is the other, or lies in it; with a pattern: whether they may."""
    for first, second in zip(_parts(one), _parts(other), strict=False):
        if "**" in (first, second):
            return True
        if not (fnmatchcase(first, second) or fnmatchcase(second, first)):
            return False
    return True


def _parts(path: str) -> list[str]:
    return [part for part in os.path.normpath(path).split(os.sep) if part != "."]
