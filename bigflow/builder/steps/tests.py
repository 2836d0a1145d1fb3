"""Turns the project's tests into their verdict, run exactly once, with reports of what passed and what was reached."""

import os
import shutil

from bigflow._files import replace_folder
from bigflow._process import Completed
from bigflow.builder.environment.site_packages import described
from bigflow.builder.failures import counted
from bigflow.builder.shell import shell
from bigflow.builder.sources import sources
from bigflow.builder.step import Declared, Done, NotNeeded, Project, StepFailed, Wishes, Work
from bigflow.builder.suite.absent import absent, overlooked
from bigflow.builder.suite.coverage import Coverage, read_coverage
from bigflow.builder.suite.junit import JUnitReport, read_junit
from bigflow.builder.suite.left import COVERAGE, JUNIT, left
from bigflow.builder.suite.running import NONE_FOUND, Places, reports, suite
from bigflow.builder.suite.untouched import changes, packaged
from bigflow.builder.suite.verdict import Ran, hung, verdict
from bigflow.builder.traceless import traceless
from bigflow.errors import Finding

_SETTINGS = ("conftest.py", "pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", ".coveragerc")


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    said = project.settings
    if said.tests == ():
        return NotNeeded("switched off by tests in [tool.bigflow.build]")
    spec = project.spec
    versions = described(project.python, "pytest", "pytest-cov", "coverage")
    values = (spec.edition, spec.test_framework, spec.tests, repr(said.tests), repr(said.coverage), *versions)
    files = (*sources(project), spec.tests, *_SETTINGS, *_above(spec.tests))
    return Declared(files, values, (JUNIT, COVERAGE))


def perform(work: Work) -> Done:
    for place in (JUNIT, COVERAGE):  # what lies there is about other sources
        shutil.rmtree(os.path.join(work.project.root, place), ignore_errors=True)
    before = packaged(work.project)
    done = _own_commands(work, work.project.settings.tests) if work.project.settings.tests else _found_tests(work)
    changed = changes(before, packaged(work.project))
    if changed:
        raise StepFailed(
            f"files that will be packaged changed while the tests ran: {', '.join(changed[:3])}",
            where=changed[0],
            hint="let tests write into a temporary folder; `git status` and `git diff` tell what they did",
        )
    return done


def _above(tests: str) -> tuple[str, ...]:
    """What pytest and Python read on their way from the root to the tests."""
    parts = os.path.normpath(tests).split(os.sep)[:-1]
    folders = [os.path.join(*parts[: length + 1]) for length in range(len(parts))]
    return tuple(os.path.join(folder, name) for folder in folders for name in ("conftest.py", "__init__.py"))


def _found_tests(work: Work) -> Done:
    project = work.project
    if not os.path.isdir(os.path.join(project.root, project.spec.tests)):
        return absent(project)
    places = Places.within(work.folder)
    planned = suite(project, places)
    completed = _run(work, places, planned.run)
    if planned.measured:
        completed = _measured(work, places, completed)
    report = read_junit([places.junit], project.root)
    coverage = read_coverage(places.coverage)
    _publish(work, places)
    if report is not None and not report.cases and completed.returncode in (0, NONE_FOUND):
        return absent(project)
    wrong = verdict(project, Ran(completed, report, coverage, _running(places)))
    if wrong is not None:
        raise wrong
    assert report is not None
    return _done(report, coverage, overlooked(project))


def _own_commands(work: Work, commands: tuple[str, ...]) -> Done:
    """They may leave reports, where the reports always are."""
    root = work.project.root
    for command in commands:
        completed = work.tool(shell(work.project, command), cwd=root, env_add=traceless(work.project))
        report, coverage = left(root)
        wrong = verdict(work.project, Ran(completed, report or JUnitReport(()), coverage, ()))
        if wrong is not None:
            raise wrong
    report, coverage = left(root)
    if report is None:
        return Done(f"{counted(len(commands), 'command')} ok")
    return _done(report, coverage, ())


def _run(work: Work, places: Places, args: tuple[str, ...]) -> Completed:
    environment = {**traceless(work.project), "COVERAGE_FILE": places.coverage_data}
    try:
        return work.tool((work.project.python.path, *args), cwd=work.project.root, env_add=environment)
    except StepFailed as stopped:  # at the time limit
        raise hung(work.project, stopped, _running(places)) from None


def _measured(work: Work, places: Places, completed: Completed) -> Completed:
    """A bar of the project's own (`fail_under`) counts as a failure of tests that passed."""
    ended = [_run(work, places, args) for args in reports(places)]
    if completed.ok and os.path.isfile(places.coverage) and not ended[-1].ok:
        return ended[-1]
    return completed


def _running(places: Places) -> tuple[str, ...]:
    try:
        with open(places.running, encoding="utf-8") as file:
            return tuple(file.read().splitlines())
    except OSError:
        return ()


def _publish(work: Work, places: Places) -> None:
    for made, place in ((places.junit, JUNIT), (places.coverage, COVERAGE)):
        if os.path.isfile(made):
            folder = os.path.join(work.folder, os.path.basename(place))
            os.mkdir(folder)
            os.rename(made, os.path.join(folder, os.path.basename(made)))
            replace_folder(folder, os.path.join(work.project.root, place))


def _done(report: JUnitReport, coverage: Coverage | None, warnings: tuple[Finding, ...]) -> Done:
    return Done(report.summary + (f" ({coverage})" if coverage else ""), warnings=warnings)
