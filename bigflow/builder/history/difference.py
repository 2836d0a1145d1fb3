"""Turns two builds into what differs between them: inputs, dependencies, files in the wheel, sizes, durations."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Generic, TypeVar

from bigflow.artifacts.artifact import Artifact, Part
from bigflow.builder.report import BuildReport, StepReport

_ABSENT = "absent"  # what a build says of an input that was not there
_METADATA = re.compile(r"^[^/]+\.dist-info/")  # the folder has the version in its name
_Thing = TypeVar("_Thing")


@dataclass(frozen=True, slots=True)
class Change(Generic[_Thing]):
    """One thing by its name, as it was and as it is. None: it was not there."""

    name: str
    before: _Thing | None
    after: _Thing | None

    @property
    def kind(self) -> str:
        """`added`, `removed` or `changed`."""
        return "added" if self.before is None else "removed" if self.after is None else "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """From one build to another one. Of artifacts and steps all are here, of the rest what is not the same.

    Wheels are compared when both builds have one.
    """

    before: BuildReport
    after: BuildReport
    inputs: tuple[Change[str], ...]  # path: hash
    packages: tuple[Change[str], ...]  # name: version
    contents: tuple[Change[Part], ...]  # path in the wheel
    artifacts: tuple[Change[Artifact], ...]
    steps: tuple[Change[StepReport], ...]


def difference(before: BuildReport, after: BuildReport) -> Difference:
    """What one would want to know of `after`, who knows `before`."""
    several = _kinds_with_several(before) | _kinds_with_several(after)
    return Difference(
        before,
        after,
        inputs=_unlike(_inputs(before), _inputs(after)),
        packages=_unlike(_versions(before), _versions(after)),
        contents=_unlike(_contents(before), _contents(after)) if before.contents and after.contents else (),
        artifacts=_side_by_side(_artifacts(before, several), _artifacts(after, several)),
        steps=_side_by_side(_steps(before), _steps(after)),
    )


def _inputs(build: BuildReport) -> dict[str, str]:
    return {one.path: one.sha256 for one in build.inputs if one.sha256 != _ABSENT}


def _versions(build: BuildReport) -> dict[str, str]:
    """A lock may have several of one name, for different platforms."""
    versions: dict[str, list[str]] = {}
    for package in build.packages:
        versions.setdefault(package.name, []).append(package.version)
    return {name: ", ".join(sorted(found)) for name, found in versions.items()}


def _contents(build: BuildReport) -> dict[str, Part]:
    parts = [part._replace(path=_METADATA.sub("*.dist-info/", part.path)) for part in build.contents]
    return {part.path: part for part in parts}


def _artifacts(build: BuildReport, several: set[str]) -> dict[str, Artifact]:
    """By their kind, where that says it; else by their path, whatever the version in it."""
    return {one.path.replace(one.version, "*") if one.kind in several else one.kind: one for one in build.artifacts}


def _kinds_with_several(build: BuildReport) -> set[str]:
    return {kind for kind, count in Counter(one.kind for one in build.artifacts).items() if count > 1}


def _steps(build: BuildReport) -> dict[str, StepReport]:
    return {step.name: step for step in build.steps}


def _side_by_side(before: Mapping[str, _Thing], after: Mapping[str, _Thing]) -> tuple[Change[_Thing], ...]:
    """In the order of the later build; what only the earlier one had comes last."""
    return tuple(Change(name, before.get(name), after.get(name)) for name in dict.fromkeys(chain(after, before)))


def _unlike(before: Mapping[str, _Thing], after: Mapping[str, _Thing]) -> tuple[Change[_Thing], ...]:
    changes = [change for change in _side_by_side(before, after) if change.before != change.after]
    return tuple(sorted(changes, key=lambda change: change.name))
