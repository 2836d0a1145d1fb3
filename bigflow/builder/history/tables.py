"""Turns a build, with what its tests and its history tell, into the tables of its page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bigflow.artifacts.artifact import Artifact, Part
from bigflow.builder.history.difference import Change, Difference
from bigflow.builder.history.kept import LogEnd
from bigflow.builder.report import BuildReport, StepReport
from bigflow.builder.suite.coverage import Coverage, FileCoverage
from bigflow.builder.suite.junit import Case, JUnitReport
from bigflow.drawing.durations import duration
from bigflow.drawing.frame import Badge
from bigflow.drawing.sheet import Cell, Column, Line, Table
from bigflow.drawing.sizes import growth, size

if TYPE_CHECKING:
    from bigflow.dags.specs_file import Outline

SLOWEST = 10  # tests that passed
MOST_ROWS = 200  # of a table
_COLOURS = {
    "succeeded": "success",
    "unchanged": "kept",
    "failed": "failed",
    "not run": "upstream_failed",
    "interrupted": "interrupted",
    "running": "running",
    "passed": "success",
    "error": "failed",
    "skipped": "skipped",
    "added": "success",
    "removed": "failed",
    "changed": "running",
}


@dataclass(frozen=True, slots=True)
class Built:
    """All that the page of a build is made of."""

    report: BuildReport
    changes: Difference | None = None  # since the last build that left something
    tests: JUnitReport | None = None
    coverage: Coverage | None = None
    logs: Mapping[str, LogEnd] = field(default_factory=dict)  # of steps
    root: str = ""  # the project: places in it are shown relative to it
    workflows: "tuple[Outline, ...]" = ()

    def short(self, text: str) -> str:
        """Text with its places as they are seen from the project."""
        return text.replace(f"{self.root.rstrip('/')}/", "") if self.root else text


def colour(state: str) -> str:
    """The state of the palette that looks like it."""
    return _COLOURS.get(state, "")


def badge(state: str) -> Badge:
    """The state in its own words and colours."""
    return Badge(state, colour(state))


def tables(built: Built) -> tuple[Table, ...]:
    """Those of the page, from above; one that has no rows is not shown."""
    return (_steps(built), _warnings(built), _tests(built), _coverage(built), _artifacts(built), _changes(built))


def _steps(built: Built) -> Table:
    columns = (
        Column("step", "code"),
        Column("phase"),
        Column("state"),
        Column("began", "number"),
        Column("took", "number"),
        Column("what came of it"),
        Column("log"),
    )
    rows = (_step(step, phase.name, built) for phase in built.report.phases for step in phase.steps)
    return Table("steps", "Steps", columns, tuple(rows))


def _step(step: StepReport, phase: str, built: Built) -> Line:
    ran = bool(step.seconds)
    said = "; ".join(finding.message for finding in step.findings)
    cells = (
        Cell(step.name),
        Cell(phase),
        badge(step.state),
        Cell(f"+{duration(step.started)}" if ran else ""),
        Cell(duration(step.seconds) if ran else ""),
        Cell(built.short(said or step.summary), note=built.short(step.reason)),
        Cell("log", f"log-{step.name}") if step.name in built.logs else Cell(),
    )
    return Line(cells, f"step-{step.name}")


def _warnings(built: Built) -> Table:
    columns = (Column("step", "code"), Column("warning"), Column("what to do"))
    rows = tuple(
        Line((Cell(step.name), Cell(message, note=where), Cell(hint)))
        for step in built.report.steps
        for message, where, hint in (map(built.short, warning) for warning in step.warnings)
    )
    return Table("warnings", "Warnings", columns, rows)


def _tests(built: Built) -> Table:
    columns = (Column("test", "code"), Column("state"), Column("took", "number"), Column("why"))
    if built.tests is None:
        return Table("tests", "Tests", columns, ())
    passed = [case for case in built.tests.cases if not case.bad]
    slowest = sorted(passed, key=lambda case: -case.seconds)[:SLOWEST]
    bad = built.tests.bad[:MOST_ROWS]
    note = f"{built.tests.summary}. Here are those that failed, and the slowest of the others."
    return Table("tests", "Tests", columns, tuple(map(_case, (*bad, *slowest))), note)


def _case(case: Case) -> Line:
    name = ".".join(filter(None, (case.classname, case.name)))
    return Line((Cell(name), badge(case.outcome), Cell(duration(case.seconds)), Cell(case.message, note=case.place)))


def _coverage(built: Built) -> Table:
    columns = (Column("file", "code"), Column("covered", "number"), Column("lines that no test ran"))
    if built.coverage is None:
        return Table("coverage", "Coverage", columns, ())
    files = sorted(built.coverage.files, key=lambda file: (file.percent, file.path))
    shown = [file for file in files if file.percent < 100][:MOST_ROWS]
    note = f"{built.coverage} of {len(files)} files; those of which all is covered are not listed."
    rows = tuple(Line((Cell(file.path), Cell(f"{int(file.percent)}%"), Cell(_missing(file)))) for file in shown)
    return Table("coverage", "Coverage", columns, rows, note)


def _missing(file: FileCoverage) -> str:
    """`3-5, 9`."""
    spans: list[list[int]] = []
    for line in sorted(file.missing):
        if spans and line == spans[-1][1] + 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    return ", ".join(f"{first}-{last}" if last > first else str(first) for first, last in spans)


def _artifacts(built: Built) -> Table:
    since = f"since build {built.changes.before.id}" if built.changes is not None else "change"
    columns = (
        Column("kind"),
        Column("file", "code"),
        Column("size", "number"),
        Column(since),
        Column("sha256", "code"),
    )
    before = {change.after: change.before for change in built.changes.artifacts} if built.changes else {}
    rows = tuple(
        Line(
            (
                Cell(artifact.kind),
                Cell(artifact.path),
                Cell(size(artifact.size)),
                Cell(_since(before.get(artifact), artifact) if built.changes else ""),
                Cell(artifact.sha256.removeprefix("sha256:")[:16]),
            )
        )
        for artifact in built.report.artifacts
    )
    return Table("artifacts", "Artifacts", columns, rows)


def _since(before: Artifact | None, after: Artifact) -> str:
    if before is None:
        return "new"
    if before.sha256 == after.sha256:
        return "the same"
    return growth(before.size, after.size) or "other content, same size"


def _changes(built: Built) -> Table:
    columns = (Column("what"), Column("name", "code"), Column("change"), Column("before"), Column("after"))
    if built.changes is None:
        return Table("changes", "Changes", columns, ())
    rows = list(_changed(built.changes))
    left_out = f" The first {MOST_ROWS} of {len(rows)}." if len(rows) > MOST_ROWS else ""
    note = (
        f"What went into this build, and into its wheel, that is not as in build {built.changes.before.id}.{left_out}"
    )
    return Table("changes", "Changes", columns, tuple(rows[:MOST_ROWS]), note)


def _changed(changes: Difference) -> Iterator[Line]:
    for version in changes.packages:
        yield _change("dependency", version, version.before or "", version.after or "")
    for path in changes.inputs:
        yield _change("input", path, "", "")
    for part in changes.contents:
        yield _change("file in the wheel", part, _size(part.before), _size(part.after))


def _change(what: str, change: Change[str] | Change[Part], before: str, after: str) -> Line:
    return Line((Cell(what), Cell(change.name), badge(change.kind), Cell(before), Cell(after)))


def _size(part: Part | None) -> str:
    return size(part.size) if part is not None else ""
