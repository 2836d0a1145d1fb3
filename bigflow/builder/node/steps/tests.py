"""Turns the tests of a Node project into their verdict, run exactly once."""

import os
import shutil

from bigflow.builder.failures import counted
from bigflow.builder.node.managers import manager_of
from bigflow.builder.node.script import QUIET, declared, own_commands, run_command
from bigflow.builder.step import Declared, Done, NotNeeded, Project, StepFailed, Wishes, Work
from bigflow.builder.suite.left import COVERAGE, JUNIT, left
from bigflow.builder.suite.verdict import too_little
from bigflow.errors import Finding
from bigflow.project.node_package import FILE, NodePackage, read_node_package

_SCRIPTS = ("test:coverage", "test")
_PLACEHOLDER = "no test specified"  # what `npm init` writes
_TOLD = 3


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    said = project.settings.tests
    if said == ():
        return NotNeeded(f"switched off by tests in {project.settings.table}")
    package = read_node_package(project.root)
    values = (*own_commands(project, package, said), repr(project.settings.coverage))
    return declared(project, package, values, (JUNIT, COVERAGE))


def perform(work: Work) -> Done:
    """Reports are read where they always are, if the tests leave any."""
    root = work.project.root
    for place in (JUNIT, COVERAGE):  # what lies there is about other sources
        shutil.rmtree(os.path.join(root, place), ignore_errors=True)
    package = read_node_package(root)
    commands = work.project.settings.tests or _found(root, package)
    if not commands:
        hint = f'write some, and a script "test"; "tests": false in {work.project.settings.table} builds without'
        return Done("no tests", warnings=(Finding(f"there are no tests: {FILE} has no script test", FILE, hint),))
    for command in commands:
        _run(work, command)
    report, coverage = left(root)
    if coverage is None and work.project.settings.coverage is not None:
        hint = f"let them write {COVERAGE}/cobertura-coverage.xml"
        raise StepFailed("how much the tests cover is not known, and coverage is asked for", where=FILE, hint=hint)
    wrong = too_little(work.project, coverage)
    if wrong is not None:
        raise wrong
    if report is None:
        return Done("tests passed" if len(commands) == 1 else f"{counted(len(commands), 'command')} ok")
    return Done(report.summary + (f" ({coverage})" if coverage else ""))


def _found(root: str, package: NodePackage) -> tuple[str, ...]:
    script = package.script(*_SCRIPTS)
    if script is None or _PLACEHOLDER in dict(package.scripts)[script]:
        return ()
    return (" ".join(manager_of(root, package).run(script)),)


def _run(work: Work, command: str) -> None:
    """jest-junit and others ask these variables where to write."""
    root = work.project.root
    done = run_command(work, command, {"JEST_JUNIT_OUTPUT_DIR": os.path.join(root, JUNIT), **QUIET})
    if done.ok:
        return
    report, _ = left(root)
    bad = report.bad if report is not None else ()
    told = "; ".join(case.name for case in bad[:_TOLD])
    summary = (
        f"{report.summary}: {told}" if report is not None and bad else f"the tests failed (code {done.returncode})"
    )
    raise StepFailed(summary, where=FILE, hint=command)
