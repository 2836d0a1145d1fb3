"""Turns a project whose tests are missing, or cannot be found by its framework, into a failure or a warning."""

import os
import re
from collections.abc import Iterator

from bigflow.builder.sources import python_files
from bigflow.builder.step import Done, Project, StepFailed
from bigflow.errors import Finding
from bigflow.project.layout import read_bytes
from bigflow.workflow.edition import OLDEST

_FUNCTION = re.compile(rb"^(?:async )?def test", re.MULTILINE)
_SWITCH = "tests = false under [tool.bigflow.build] of pyproject.toml builds without tests"
_PYTEST = 'test_framework = "pytest" under [tool.bigflow] of pyproject.toml'


def absent(project: Project) -> Done:
    """No test ran: a failure, save in the edition that never asked for tests."""
    finding = _finding(project)
    if project.spec.edition == OLDEST.name:
        return Done("no tests", warnings=(finding,))
    raise StepFailed(finding.message, where=finding.where, hint=finding.hint)


def overlooked(project: Project) -> tuple[Finding, ...]:
    """Tests that unittest passes over in silence."""
    return tuple(_overlooked(project)) if project.spec.test_framework == "unittest" else ()


def _finding(project: Project) -> Finding:
    spec = project.spec
    if not os.path.isdir(os.path.join(project.root, spec.tests)):
        message, where = f"there are no tests: {spec.tests} is missing", spec.where("tests")
        return Finding(message, where, f"write {spec.tests}/test_workflow.py; {_SWITCH}")
    message = f"{spec.test_framework} finds no tests in {spec.tests}"
    passed_over = overlooked(project)
    if passed_over:
        return Finding(f"{message}: {passed_over[0].message}", passed_over[0].where, passed_over[0].hint)
    return Finding(message, spec.where("tests"), f"write {spec.tests}/test_workflow.py; {_SWITCH}")


def _overlooked(project: Project) -> Iterator[Finding]:
    root, tests = project.root, os.path.normpath(project.spec.tests)
    for path in python_files(root, tests):
        folder = os.path.dirname(path)
        if not os.path.basename(path).startswith("test"):
            continue
        if found := _FUNCTION.search(content := read_bytes(os.path.join(root, path))):
            line = content.count(b"\n", 0, found.start()) + 1
            yield Finding("test functions are pytest's: unittest passes over them", f"{path}:{line}", _PYTEST)
        while folder != tests:
            init = os.path.join(folder, "__init__.py")
            if not os.path.isfile(os.path.join(root, init)):
                yield Finding("unittest does not look into a folder that is no package", path, f"touch {init}")
                break
            folder = os.path.dirname(folder)
