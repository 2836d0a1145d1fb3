"""A new project with its real environment: it runs, is tested and checked at once, and builds by hand as well."""

import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from support.cli import CHECKOUT, copy_project
from support.needs import missing

from bigflow.builder.wheel.recipe import SETUPTOOLS

# How this machine reaches its package index, and where it keeps what it got from there.
MACHINE = {
    name: value
    for name, value in os.environ.items()
    if name.startswith(("PIP_", "UV_", "SSL_")) or name in ("HOME", "PATH", "TMPDIR")
} | {"UV_PYTHON_DOWNLOADS": "never", "LANG": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
CHECKOUT_FIRST = {"PYTHONPATH": str(CHECKOUT)}


def run(cwd: Path, *words: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=cwd, env={**MACHINE, **(env or {})}, capture_output=True, text=True)


def must(cwd: Path, *words: str, env: Mapping[str, str] | None = None) -> str:
    done = run(cwd, *words, env=env)
    assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `bigflow start-project shop --yes` leaves."""
    desk = tmp_path_factory.mktemp("desk")
    began = time.monotonic()
    done = run(desk, sys.executable, "-m", "bigflow", "start-project", "shop", "--yes", env=CHECKOUT_FIRST)
    if done.returncode == 4:
        missing("a package index", done.stderr)
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - began <= 20
    return desk / "shop"


def test_it_runs_in_its_own_environment(shop: Path) -> None:
    done = run(shop, ".venv/bin/bigflow", "run", "-w", "daily")
    assert done.returncode == 0, done.stderr
    assert "5 jobs succeeded" in done.stderr
    assert (shop / "build" / "out" / "report.html").is_file()


def test_its_first_version_is_committed_with_its_lock(shop: Path) -> None:
    assert must(shop, ".venv/bin/bigflow", "project-version").strip() == "0.1.0"
    assert "resources/requirements.txt" in must(shop, "git", "ls-files")


@pytest.mark.parametrize("words", ["pytest -q", "ruff check", "ruff format --check", "mypy"])
def test_its_own_tools_are_content(shop: Path, words: str) -> None:
    must(shop, ".venv/bin/python", "-m", *words.split())


def test_nothing_of_all_this_is_seen_by_git(shop: Path) -> None:
    assert must(shop, "git", "status", "--porcelain") == ""


@pytest.fixture(scope="module")
def by_hand(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has what one needs to build by hand, and no framework."""
    folder = tmp_path_factory.mktemp("by hand")
    must(folder, sys.executable, "-m", "uv", "venv", "--quiet", "--seed", "--no-project", "env")
    python = folder / "env" / "bin" / "python"
    must(folder, sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(python), "build", SETUPTOOLS)
    return python


WAYS = {
    "pip": ("-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", "{out}", "."),
    "build": ("-m", "build", "--outdir", "{out}", "."),
    "setup file": ("project_setup.py", "--quiet", "bdist_wheel", "--dist-dir", "{out}"),
}


@pytest.mark.parametrize("way", WAYS)
def test_by_hand_it_makes_a_wheel_that_runs_without_the_sources(
    shop: Path, by_hand: Path, way: str, tmp_path: Path
) -> None:
    copy = tmp_path / "a copy"
    must(tmp_path, "git", "clone", "--quiet", str(shop), str(copy))
    done = run(copy, str(by_hand), *(word.format(out=tmp_path / "out") for word in WAYS[way]))
    assert done.returncode == 0, done.stderr
    assert "Package would be ignored" not in done.stdout + done.stderr
    (wheel,) = (tmp_path / "out").glob("*.whl")
    assert wheel.name.startswith("shop-0.0.0-")
    assert contents(wheel) == sources(copy)
    assert must(copy, "git", "status", "--porcelain") == "", "what a build by hand leaves is ignored"
    runs_installed(wheel, tmp_path)


def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def sources(project: Path) -> set[str]:
    tracked = must(project, "git", "ls-files").splitlines()
    code = {name for name in tracked if name.startswith("project_package/")}
    return code | {f"project_package/{name}" for name in tracked if name.startswith("resources/")}


def runs_installed(wheel: Path, folder: Path) -> None:
    """As in a pod: no project around, the package installed, the framework beside it."""
    must(folder, sys.executable, "-m", "uv", "venv", "--quiet", "--no-project", "pod")
    python = str(folder / "pod" / "bin" / "python")
    must(folder, sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--python", python, str(wheel))
    (folder / "framework").mkdir()
    (folder / "framework" / "bigflow").symlink_to(CHECKOUT / "bigflow")  # without the example project beside it
    words = ("run", "--job", "daily.clean", "--runtime", "2026-01-03 00:00:00", "--project-package", "project_package")
    must(folder, python, "-m", "bigflow", *words, env={"PYTHONPATH": str(folder / "framework")})
    assert (folder / "build" / "out" / "2026-01-03" / "sales.csv").is_file()


def test_pip_installs_it_from_its_folder(shop: Path, by_hand: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    must(tmp_path, "git", "clone", "--quiet", str(shop), str(copy))
    must(tmp_path, sys.executable, "-m", "uv", "venv", "--quiet", "--seed", "--no-project", "env")
    python = str(tmp_path / "env" / "bin" / "python")
    must(copy, python, "-m", "pip", "install", "--quiet", ".")
    must(tmp_path, python, "-c", "import project_package, importlib.metadata as m; assert m.version('shop') == '0.0.0'")


def test_a_project_of_1_11_gets_its_environment_once_it_is_migrated(tmp_path: Path) -> None:
    root = copy_project("legacy_1_11", tmp_path / "old")
    must(root, sys.executable, "-m", "bigflow", "migrate", "--yes", env=CHECKOUT_FIRST)
    done = run(root, sys.executable, "-m", "bigflow", "install", env=CHECKOUT_FIRST)
    if done.returncode == 4:
        missing("a package index", done.stderr)
    assert done.returncode == 0, done.stderr
    must(root, ".venv/bin/bigflow", "run", "-w", "recommendations", "-r", "2026-11-19")
