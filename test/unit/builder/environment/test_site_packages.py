"""What is installed for an interpreter, told from the names of folders."""

import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from bigflow.builder.environment.site_packages import described, installed, normal
from bigflow.builder.step import Interpreter


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    folder = tmp_path / "a b [1]" / "lib" / "python3.12" / "site-packages"
    folder.mkdir(parents=True)
    return folder


def python(packages: Path) -> Interpreter:
    return Interpreter(str(packages.parents[2] / "bin" / "python"), "3.12.0", own=True)


def test_our_own_interpreter() -> None:
    found = installed(Interpreter(sys.executable, "3", own=False))
    assert (found["pytest"], found["bigflow_framework"]) == (version("pytest"), version("bigflow-framework"))


@pytest.mark.parametrize(
    ("name", "package", "number"),
    [
        ("ruff-0.6.1.dist-info", "ruff", "0.6.1"),
        ("Types_PyYAML-6.0.12.20240808.dist-info", "types_pyyaml", "6.0.12.20240808"),
        ("zope.interface-7.0.dist-info", "zope_interface", "7.0"),
        ("torch-2.4.0+cpu.dist-info", "torch", "2.4.0+cpu"),
        ("six-1.16.0.egg-info", "six", "1.16.0"),
        ("old-1.0-py3.11.egg-info", "old", "1.0"),
    ],
)
def test_another_interpreter(packages: Path, name: str, package: str, number: str) -> None:
    (packages / name).mkdir()
    (packages / package).mkdir()
    assert installed(python(packages)) == {package: number}


def test_no_interpreter_has_nothing(tmp_path: Path) -> None:
    assert installed(Interpreter(str(tmp_path / "bin" / "python"), "3.12.0", own=True)) == {}


def test_the_versions_that_matter_can_be_read_and_all_count(packages: Path) -> None:
    (packages / "pytest_cov-7.0.dist-info").mkdir()
    first = described(python(packages), "pytest-cov", "pytest")
    assert first[:2] == ("python 3.12.0", "pytest-cov 7.0")
    (packages / "other-1.dist-info").mkdir()
    second = described(python(packages), "pytest-cov", "pytest")
    assert first[:2] == second[:2]
    assert first != second


def test_one_spelling() -> None:
    assert {normal(name) for name in ("Pytest-Cov", "pytest_cov", "pytest.cov", "pytest--cov")} == {"pytest_cov"}
