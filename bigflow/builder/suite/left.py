"""Turns the places where reports always are into what the tests have left there."""

import glob
import os

from bigflow.builder.suite.coverage import Coverage, read_coverage
from bigflow.builder.suite.junit import JUnitReport, read_junit

JUNIT = "build/junit-reports"
COVERAGE = "build/coverage"
_COVERAGE_FILES = ("coverage.json", "coverage.xml", "cobertura-coverage.xml")


def left(root: str) -> tuple[JUnitReport | None, Coverage | None]:
    """JUnit files under any name, and the first file about coverage that can be read."""
    inside = os.path.join(glob.escape(root), JUNIT, "*.xml")
    files = (os.path.join(root, COVERAGE, name) for name in _COVERAGE_FILES)
    coverage = next((read for file in files if (read := read_coverage(file)) is not None), None)
    return read_junit(sorted(glob.glob(inside)), root), coverage
