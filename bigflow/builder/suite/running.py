"""Turns a project into the programs that run its tests, and measure what they reach."""

import glob
import os
from collections.abc import Iterator
from typing import NamedTuple

from bigflow.builder.environment.site_packages import installed
from bigflow.builder.step import Project, StepFailed
from bigflow.builder.suite.junit import Case
from bigflow.builder.traceless import CACHE

NONE_FOUND = 5  # the exit code of both frameworks here when there was no test


class Places(NamedTuple):
    """Where one run of the tests leaves what."""

    junit: str
    coverage: str
    coverage_data: str
    running: str  # names the tests that are on their way

    @classmethod
    def within(cls, folder: str) -> "Places":
        return cls(
            *(os.path.join(folder, name) for name in ("report.xml", "coverage.json", "coverage.data", "running"))
        )


class Suite(NamedTuple):
    """The arguments that make the project's Python run the tests, and whether that leaves data of coverage."""

    run: tuple[str, ...]
    measured: bool = False


def suite(project: Project, places: Places) -> Suite:
    """How the project's tests are run."""
    packages = installed(project.python)
    if project.spec.test_framework == "pytest":
        if "pytest" not in packages:
            raise _no_pytest(project)
        run = _pytest(project, places)
        if "pytest_cov" in packages:
            package = project.spec.package
            return Suite((*run, f"--cov={package}", f"--cov-report=json:{places.coverage}"))
    else:
        run = _unittest(project, places)
    if "coverage" not in packages:
        return Suite(run)
    return Suite(("-m", "coverage", "run", f"--source={project.spec.package}", *run), measured=True)


def reports(places: Places) -> Iterator[tuple[str, ...]]:
    """The arguments that turn data of coverage into its report, for each program one."""
    if glob.glob(f"{glob.escape(places.coverage_data)}.*"):  # as many as there were processes
        yield ("-m", "coverage", "combine", os.path.dirname(places.coverage_data))
    yield ("-m", "coverage", "json", "-o", places.coverage)


def again(project: Project, case: Case) -> tuple[str, ...]:
    """The arguments that run only this test."""
    if project.spec.test_framework == "pytest":
        return ("-m", "pytest", node_id(case, project.root))
    top, tests = top_folder(project.root, project.spec.tests), project.spec.tests
    whole = case.name.rpartition("(")[2].rstrip(")")  # "setUpClass (test_orders.OrdersTest)"
    name = f"{case.classname}.{case.name.partition(' ')[0]}" if case.classname else whole
    return ("-m", "unittest", "discover", "-s", tests, "-t", top, "-k", name)


def node_id(case: Case, root: str) -> str:
    """What pytest calls a test: its file, then its class and name."""
    words = (case.classname or case.name).split(".")
    for length in range(len(words), 0, -1):
        path = os.path.join(*words[:length]) + ".py"
        if os.path.isfile(os.path.join(root, path)):
            return "::".join((path, *words[length:], *((case.name,) if case.classname else ())))
    return "::".join(word for word in (case.classname, case.name) if word)


def top_folder(root: str, tests: str) -> str:
    """The folder from which the tests are imported: the nearest one that is no package itself."""
    folder = os.path.normpath(tests)
    while folder != "." and os.path.isfile(os.path.join(root, folder, "__init__.py")):
        folder = os.path.dirname(folder) or "."
    return folder


def _pytest(project: Project, places: Places) -> tuple[str, ...]:
    cache = os.path.join(project.root, CACHE, "pytest")
    return (
        *("-m", "pytest", project.spec.tests, f"--rootdir={project.root}", f"--junit-xml={places.junit}"),
        *(
            "-o",
            f"cache_dir={cache}",
            "-p",
            "bigflow.builder.suite.pytest_witness",
            f"--bigflow-running={places.running}",
        ),
    )


def _unittest(project: Project, places: Places) -> tuple[str, ...]:
    tests = project.spec.tests
    return (
        *("-m", "bigflow.builder.suite.unittest_junit", "--start", tests, "--top", top_folder(project.root, tests)),
        *("--junit-xml", places.junit, "--running", places.running),
    )


def _no_pytest(project: Project) -> StepFailed:
    return StepFailed(
        f"the project's tests are pytest's, which is not installed for {project.python.path}",
        where=project.spec.where("test_framework"),
        hint='add "pytest" to dev in [dependency-groups] of pyproject.toml, then: bigflow install',
    )
