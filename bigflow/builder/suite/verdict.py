"""Turns how a run of the tests ended, and what it left, into the error that tells it; None when all is well."""

import re
import signal
from typing import NamedTuple

from bigflow._process import Completed
from bigflow.builder.failures import SeveralFailed, counted, last_line
from bigflow.builder.shell import by_hand
from bigflow.builder.step import Project, StepFailed
from bigflow.builder.suite.coverage import Coverage
from bigflow.builder.suite.junit import Case, JUnitReport
from bigflow.builder.suite.running import again
from bigflow.errors import Finding

REPORT = "build/junit-reports/report.xml"
_TOLD = 3  # failing tests: the report has all
_ALARM = re.compile(r"(?:[^:]+: )?(?:ERROR|FAIL|INTERNALERROR>|error:|Coverage failure)")


class Ran(NamedTuple):
    """One run of the tests, after its end."""

    completed: Completed
    report: JUnitReport | None
    coverage: Coverage | None
    running: tuple[str, ...]  # the tests that were on their way when the process ended


def verdict(project: Project, run: Ran) -> StepFailed | None:
    """What is wrong with it."""
    if run.report is None:
        return _broken_off(project, run)
    if run.report.bad:
        return _bad_tests(project, run.report)
    if not run.completed.ok:
        return StepFailed(f"{run.report.summary}, but {_ended(run.completed)}", hint=by_hand(project, _all(project)))
    return too_little(project, run.coverage)


def hung(project: Project, stopped: StepFailed, running: tuple[str, ...]) -> StepFailed:
    """The time limit, with the test that was running."""
    if not running:
        return StepFailed(
            f"{stopped.message}; no test was running",
            where=stopped.where,
            hint="does a thread or a process that a test began keep the tests from ending?",
        )
    where = f"{' and '.join(running[:_TOLD])} {'was' if len(running) == 1 else 'were'} running"
    return StepFailed(f"{stopped.message}: {where}", where=stopped.where, hint=stopped.hint)


def _broken_off(project: Project, run: Ran) -> StepFailed:
    place = f" while {' and '.join(run.running[:_TOLD])} was running" if run.running else ""
    hint = by_hand(project, _all(project))
    if run.completed.returncode == -signal.SIGKILL:
        hint = f"was the memory of the machine full? (dmesg tells)   {hint}"
    return StepFailed(f"the tests broke off{place}: {_ended(run.completed)}", hint=hint)


def _bad_tests(project: Project, report: JUnitReport) -> StepFailed:
    findings = [_finding(project, case) for case in report.bad[:_TOLD]]
    left = len(report.bad) - len(findings)
    more = [Finding(f"and {counted(left, 'more test')}", REPORT)] if left else []
    return SeveralFailed([Finding(report.summary, REPORT), *findings, *more])


def _finding(project: Project, case: Case) -> Finding:
    return Finding(f"{_named(project, case)}: {case.message}", case.place, by_hand(project, again(project, case)))


def _named(project: Project, case: Case) -> str:
    return ".".join(word for word in (case.classname.rpartition(".")[2], case.name) if word)


def too_little(project: Project, coverage: Coverage | None) -> StepFailed | None:
    """What is wrong with how much the tests cover, if the project asks for anything."""
    wanted = project.settings.coverage
    if wanted is None:
        return None
    if coverage is None:
        package = "pytest-cov" if project.spec.test_framework == "pytest" else "coverage"
        return StepFailed(
            f"how much the tests cover is not known, and {wanted:g}% is asked for",
            where=project.spec.where("build"),
            hint=f'add "{package}" to dev in [dependency-groups] of pyproject.toml, then: bigflow install',
        )
    if coverage.percent >= wanted:
        return None
    least = sorted(coverage.files, key=lambda file: (file.percent, file.path))[:_TOLD]
    named = ", ".join(f"{file.path} {int(file.percent)}%" for file in least)
    return StepFailed(
        f"the tests cover {coverage.percent:.1f}%, less than the {wanted:g}% that are asked for",
        where=project.spec.where("build"),
        hint=f"least covered: {named}",
    )


def _ended(completed: Completed) -> str:
    code = completed.returncode
    if code < 0:
        return f"the process was killed by {_signal(-code)}"
    output = completed.stdout + completed.stderr
    alarms = [line for line in output.splitlines() if _ALARM.match(line)]
    return f"the process ended with code {code}: {alarms[-1].strip() if alarms else last_line(output)}".rstrip(": ")


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _all(project: Project) -> tuple[str, ...]:
    if project.spec.test_framework == "pytest":
        return ("-m", "pytest", project.spec.tests)
    return ("-m", "unittest", "discover", "-s", project.spec.tests)
