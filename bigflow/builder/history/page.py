"""Turns a build, with what its tests and its history tell, into `build/report.html`."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bigflow._files import write_atomically
from bigflow.builder.history.difference import difference
from bigflow.builder.history.kept import REPORT, build_before, end_of_log, folder_of
from bigflow.builder.history.tables import Built, badge, colour, tables
from bigflow.builder.report import BuildReport, PhaseReport, StepReport
from bigflow.builder.suite.coverage import Coverage, read_coverage
from bigflow.builder.suite.junit import read_junit
from bigflow.drawing.durations import duration
from bigflow.drawing.frame import Frame, Log, Problem
from bigflow.drawing.sheet import Sheet, sheet
from bigflow.drawing.sizes import size
from bigflow.drawing.timeline import Bar, Row, Timeline

if TYPE_CHECKING:
    from bigflow.builder.history.graphs import Graphs
    from bigflow.dags.specs_file import Outline

JUNIT = "build/junit-reports"
COVERAGE = ("build/coverage/coverage.json", "build/coverage/coverage.xml")
MOST_LINES = 400  # of a log on the page
_TESTED = ("succeeded", "unchanged", "failed")


def write_report_page(root: str, report: BuildReport, home: str = "") -> None:
    """The page of the build that has just ended, in its place. `home` has the history, if that is not `root`."""
    write_atomically(os.path.join(root, REPORT), sheet(report_page(_built(root, report, home or root))))


def report_page(built: Built) -> Sheet:
    """What the page shows."""
    report = built.report
    return Sheet(
        Frame(
            title=f"{report.project} {report.version}",
            subtitle=f"build {report.id}: bigflow {report.command}",
            state=badge(report.state),
            facts=tuple(_facts(built)),
            problems=tuple(_problems(built)),
            all_problems="steps",
            command=_command(report),
        ),
        Timeline("Timeline", tuple(row for phase in report.phases for row in _rows(phase))),
        tables(built),
        tuple(_log(step, built) for step in report.steps if step.name in built.logs),
        *(_graphs(built) if built.workflows else ()),
    )


def _built(root: str, report: BuildReport, home: str) -> Built:
    """What tests and coverage say is of this build, or stands since an earlier one; else it is not told."""
    tested = any(step.name == "tests" and step.state in _TESTED for step in report.steps)
    before = build_before(home, report.id, report.variant)
    folder = folder_of(home, report.id)
    return Built(
        report,
        changes=difference(before, report) if before is not None else None,
        tests=read_junit(_junit_files(root), root) if tested else None,
        coverage=_coverage(root) if tested else None,
        logs={step.name: end_of_log(os.path.join(folder, step.log), MOST_LINES) for step in report.steps if step.log},
        root=root,
        workflows=_workflows(root, report),
    )


def _workflows(root: str, report: BuildReport) -> "tuple[Outline, ...]":
    if not any(artifact.kind == "dagspec" for artifact in report.artifacts):
        return ()
    from bigflow.builder.history.graphs import outlines_of  # late: many builds make no DAGs

    return outlines_of(root, report)


def _graphs(built: Built) -> "Graphs":
    from bigflow.builder.history.graphs import graphs

    return graphs(built.workflows)


def _junit_files(root: str) -> list[str]:
    folder = os.path.join(root, JUNIT)
    try:
        return [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".xml")]
    except OSError:
        return []


def _coverage(root: str) -> Coverage | None:
    """Of the two, whichever there is."""
    found = (read_coverage(os.path.join(root, path)) for path in COVERAGE)
    return next((one for one in found if one is not None), None)


def _facts(built: Built) -> Iterator[tuple[str, str]]:
    report = built.report
    if built.tests is not None:
        yield "tests", built.tests.summary
    if built.coverage is not None:
        yield "coverage", str(built.coverage)
    yield "began", f"{report.began.partition('+')[0].replace('T', ' ')} UTC"
    yield "took", duration(report.seconds)
    yield "of that bigflow itself", f"{report.own_cpu_seconds:.2f} s of CPU"
    yield "python", report.python
    if report.packages:
        yield "dependencies", str(len(report.packages))
    yield "commit", report.commit or "none"


def _problems(built: Built) -> Iterator[Problem]:
    for step in built.report.steps:
        told_by = f"log-{step.name}" if step.log else f"step-{step.name}"
        for message, where, hint in (map(built.short, finding) for finding in step.findings):
            yield Problem(step.name, f"{message} ({hint})" if hint else message, where, told_by)


def _command(report: BuildReport) -> str:
    """What to type next."""
    failed = [step.name for step in report.steps if step.state == "failed"]
    if report.state == "interrupted":
        return "bigflow build"
    return "bigflow build " + " ".join(f"--only {step}" for step in failed) if failed else ""


def _rows(phase: PhaseReport) -> Iterator[Row]:
    """The phase from its first step to its last one, then each of those that did something."""
    ran = [step for step in phase.steps if step.seconds]
    if not ran:
        return
    began = min(step.started for step in ran)
    took = max(step.started + step.seconds for step in ran) - began
    yield Row(phase.name.upper(), (Bar(began, took, colour(phase.state), f"{phase.name}: {phase.state}"),))
    for step in ran:
        tip = f"{step.name}: {step.state} after {duration(step.seconds)}\n{step.summary}".rstrip()
        bar = Bar(step.started, step.seconds, colour(step.state), tip)
        yield Row(step.name, (bar,), f"step-{step.name}")


def _log(step: StepReport, built: Built) -> Log:
    end = built.logs[step.name]
    note = (
        "" if end.whole else f"Only its end is here. All of it: bigflow builds show {built.report.id} --log {step.name}"
    )
    return Log(
        f"log-{step.name}",
        step.name,
        badge(step.state),
        "\n".join(end.lines),
        size(end.size),
        note,
        step.state == "failed",
    )
