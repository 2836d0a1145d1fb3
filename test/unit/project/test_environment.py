"""environment: a project's root in, what its .venv is out."""

import subprocess
import sys
from pathlib import Path

import pytest

from bigflow.project.environment import Environment, project_environment


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """A usable environment, made of files only."""
    folder = tmp_path / ".venv"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    (folder / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.12.4\n")
    (folder / "lib" / "python3.12" / "site-packages" / "bigflow_framework-2.0.dist-info").mkdir(parents=True)
    return folder


def described(root: Path, prefix: str = "/elsewhere") -> Environment:
    environment = project_environment(str(root), prefix)
    assert environment is not None
    return environment


def test_a_usable_one(tmp_path: Path, venv: Path) -> None:
    assert described(tmp_path) == Environment(str(venv), f"{venv}/bin/python", "3.12.4", True, False, "")


def test_no_environment(tmp_path: Path) -> None:
    assert project_environment(str(tmp_path), sys.prefix) is None


def test_a_file_called_so_is_none(tmp_path: Path) -> None:
    (tmp_path / ".venv").write_text("/some/where/else")
    assert project_environment(str(tmp_path), sys.prefix) is None


@pytest.mark.parametrize("through_a_link", [False, True])
def test_the_running_interpreter_is_recognised(tmp_path: Path, venv: Path, through_a_link: bool) -> None:
    prefix = venv
    if through_a_link:
        prefix = tmp_path / "link"
        prefix.symlink_to(venv)
    assert described(tmp_path, str(prefix)).current


@pytest.mark.parametrize(
    ("settings", "version"),
    [
        ("version_info = 3.11.9.final.0\nversion = 20.1", "3.11.9"),
        ("version_info=3.13.0", "3.13.0"),
        ("Version = 3.11.2\r\n", "3.11.2"),
        ("home = /usr/bin", None),
    ],
)
def test_each_tool_writes_the_version_its_own_way(
    tmp_path: Path, venv: Path, settings: str, version: str | None
) -> None:
    (venv / "pyvenv.cfg").write_text(settings)
    assert described(tmp_path).version == version


def test_without_its_settings_python_would_not_take_it_for_one(tmp_path: Path, venv: Path) -> None:
    (venv / "pyvenv.cfg").unlink()
    environment = described(tmp_path)
    assert not environment.has_framework
    assert "pyvenv.cfg" in environment.problem


def test_a_python_that_is_gone(tmp_path: Path, venv: Path) -> None:
    (venv / "bin" / "python").unlink()
    (venv / "bin" / "python").symlink_to("/gone/python3.9")
    environment = described(tmp_path)
    assert not environment.has_framework
    assert "gone" in environment.problem


def test_somebody_elses_bigflow_is_not_ours(tmp_path: Path, venv: Path) -> None:
    packages = venv / "lib" / "python3.12" / "site-packages"
    (packages / "bigflow_framework-2.0.dist-info").rmdir()
    (packages / "bigflow-1.11.3.dist-info").mkdir()
    (packages / "bigflow").mkdir()
    environment = described(tmp_path)
    assert not environment.has_framework
    assert "not installed" in environment.problem


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    assert described(tmp_path).problem


def test_a_real_one(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / ".venv")], check=True)
    environment = described(tmp_path)
    assert environment.version == ".".join(map(str, sys.version_info[:3]))
    assert "not installed" in environment.problem
    asked = subprocess.run([environment.python, "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True)
    assert described(tmp_path, asked.stdout.strip()).current
