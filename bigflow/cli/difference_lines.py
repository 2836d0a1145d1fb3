"""Turns what differs between two builds into lines for a terminal."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from bigflow.artifacts.artifact import Artifact, Part
from bigflow.builder.history.difference import Change, Difference
from bigflow.builder.report import BuildReport, StepReport
from bigflow.drawing.durations import duration
from bigflow.drawing.sizes import growth, size

_MARKS = {"added": "+", "removed": "-", "changed": "~"}
_SHORT = 10  # letters of a commit
_Thing = TypeVar("_Thing")


def difference_lines(found: Difference) -> Iterator[str]:
    """One part after the other; of each that is the same, one line says so."""
    yield f"build {found.before.id} -> {found.after.id}"
    yield from _facts(found.before, found.after)
    yield from _part("inputs", found.inputs, lambda change: "")
    yield from _part("dependencies", found.packages, lambda change: _arrow(change.before, change.after))
    without = [build.id for build in (found.before, found.after) if not build.contents]
    if without:
        yield f"files in the wheel: build {without[0]} has none"
    else:
        yield from _part("files in the wheel", found.contents, _part_sizes)
    yield from _part("artifacts", found.artifacts, _artifact_sizes)
    yield from _part("steps", [one for one in found.steps if _differs(one)], _durations)


def short_commit(build: BuildReport) -> str:
    """Enough of it to be found."""
    return build.commit[:_SHORT] if build.commit else "none"


def _facts(before: BuildReport, after: BuildReport) -> Iterator[str]:
    """What every build has; that the state is the same is told too."""
    facts = (
        ("state", before.state, after.state),
        ("version", before.version, after.version),
        ("commit", short_commit(before), short_commit(after)),
        ("python", before.python, after.python),
        ("took", duration(before.seconds), duration(after.seconds)),
    )
    for name, one, other in facts:
        yield f"  {name:<9}{one if one == other else _arrow(one, other)}"


def _part(title: str, changes: Sequence[Change[_Thing]], words: Callable[[Change[_Thing]], str]) -> Iterator[str]:
    told = [change for change in changes if change.before != change.after]
    yield title if told else f"{title}: the same"
    width = max((len(change.name) for change in told), default=0)
    for change in told:
        yield f"  {_MARKS[change.kind]} {change.name:<{width}}  {words(change)}".rstrip()


def _part_sizes(change: Change[Part]) -> str:
    before, after = (part.size if part is not None else None for part in (change.before, change.after))
    return _sizes(before, after)


def _artifact_sizes(change: Change[Artifact]) -> str:
    before, after = change.before, change.after
    if before and after and before.sha256 == after.sha256:
        return f"{size(after.size)}, the same content"
    return _sizes(before.size if before else None, after.size if after else None)


def _sizes(before: int | None, after: int | None) -> str:
    if before is None or after is None:
        return size(before or after or 0)
    if before == after:
        return f"{size(after)} as before, other content"
    return f"{size(before)} -> {size(after)}  ({growth(before, after)})"


def _durations(change: Change[StepReport]) -> str:
    return _arrow(_spent(change.before), _spent(change.after))


def _spent(step: StepReport | None) -> str | None:
    if step is None:
        return None
    if step.state in ("failed", "interrupted"):
        return f"{step.state} after {duration(step.seconds)}"
    return duration(step.seconds) if step.state == "succeeded" else step.state


def _differs(change: Change[StepReport]) -> bool:
    """To a reader: other fractions of a second, or another reason for doing nothing, are no news."""
    return _spent(change.before) != _spent(change.after)


def _arrow(before: str | None, after: str | None) -> str:
    return " -> ".join(one for one in (before, after) if one is not None)
