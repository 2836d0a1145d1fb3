"""`bigflow doctor`: what it finds on this machine depends on the machine; the rest is compared whole."""

import json
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.cli import Result, bigflow, write_files
from support.snapshots import Snapshot

NO_CLOUD = {"NO_GCE_CHECK": "true"}  # this machine is no machine of Google's: else it would be asked who it is


@pytest.fixture
def bare_path(tmp_path: Path) -> str:
    """A PATH on which there is nothing but the Python of the test."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return str(folder)


def checks(result: Result) -> dict[str, dict[str, str]]:
    return {check["title"]: check for part in json.loads(result.out) for check in part["checks"]}


@pytest.mark.parametrize(
    "words", ["doctor", "doctor -c prod", "doctor -c local", "doctor -c porduction", "doctor -c prod --json"]
)
def test_good(words: str, bare_path: str, project: Callable[[str], Path], snapshot: Snapshot) -> None:
    snapshot.check(bigflow(*words.split(), cwd=project("good"), env={"PATH": bare_path, **NO_CLOUD}))


@pytest.mark.parametrize(
    "case",
    [
        "broken_modules: doctor",
        "clashing_ids: doctor",
        "no_workflow: doctor",
        "no_package: doctor",
        "bad_pyproject: doctor",
        "legacy_setup: doctor -c dev -r images",
        "legacy_setup: doctor -c prod",
    ],
)
def test_ill(case: str, bare_path: str, project: Callable[[str], Path], snapshot: Snapshot) -> None:
    name, _, words = case.partition(": ")
    snapshot.check(bigflow(*words.split(), cwd=project(name), env={"PATH": bare_path, **NO_CLOUD}))


@pytest.mark.parametrize("words", ["doctor", "doctor -c prod"])
def test_outside_of_a_project(words: str, bare_path: str, tmp_path: Path, snapshot: Snapshot) -> None:
    (tmp_path / "project").mkdir()
    snapshot.check(bigflow(*words.split(), cwd=tmp_path / "project", env={"PATH": bare_path}))


def test_it_changes_nothing(project: Callable[[str], Path]) -> None:
    root = project("good")
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    for words in (("prod",), ("local", "--dags-bucket", "./dags")):
        bigflow("doctor", "-c", *words, cwd=root, env={"PYTHONDONTWRITEBYTECODE": "1", **NO_CLOUD})
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before


def test_a_variable_cures_what_is_missing(project: Callable[[str], Path]) -> None:
    given = {"bf_docker_repository": "repository", "BF_API_PASSWORD": "s3cret"}
    result = bigflow("doctor", "-c", "prod", "--dags-bucket", "./dags", cwd=project("good"), env=given)
    assert result.code == 0, result.out
    assert "s3cret" not in result.out + result.err


def test_engines_and_git_are_seen(bare_path: str, tmp_path: Path) -> None:
    for name in ("git", "docker", "podman"):
        program = Path(bare_path) / name
        program.write_text("#!/bin/sh\nexit 1\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    found = checks(bigflow("doctor", "--json", cwd=tmp_path, env={"PATH": bare_path}))
    assert found["git"]["state"] == "ok"
    assert found["Docker"]["detail"] == f"{bare_path}/docker"
    assert found["Podman"]["state"] == "info"


def test_a_configuration_in_a_circle(project: Callable[[str], Path]) -> None:
    root = project("good")
    (root / "deployment_config.py").write_text(
        'from bigflow import Config\n\ndeployment_config = Config("local", {"a": "{b}", "b": "{a}"})\n'
    )
    result = bigflow("doctor", "-c", "local", cwd=root)
    assert result.code == 2
    assert "properties refer to each other in a circle" in result.out


def test_a_configuration_that_talks_does_not_spoil_the_json(project: Callable[[str], Path]) -> None:
    root = project("good")
    with (root / "deployment_config.py").open("a") as config:
        config.write('\nprint("hello from the configuration")\n')
    found = checks(bigflow("doctor", "--json", cwd=root))
    assert found["environments"]["state"] == "ok"


REQUIREMENTS = {
    "nothing": ("# only words\n--index-url nowhere\n", "ok", "none in resources/requirements.txt"),
    "here": ("croniter==6.0\n", "ok", "1 in resources/requirements.txt"),
    "not_here": (
        "croniter>=6\nno.such_package-1[extra]==1.0 ; python_version > '3'\nabsent==2\n",
        "missing",
        "not installed here: absent",
    ),
}


@pytest.mark.parametrize("what", REQUIREMENTS)
def test_requirements(what: str, project: Callable[[str], Path]) -> None:
    text, state, detail = REQUIREMENTS[what]
    root = write_files(project("good"), {"resources/requirements.txt": text})
    result = bigflow("doctor", "--json", cwd=root)
    check = checks(result)["requirements"]
    assert (check["state"], check["detail"]) == (state, detail)
    assert result.code == (2 if state == "missing" else 0)


def test_an_environment_that_cannot_be_used(project: Callable[[str], Path]) -> None:
    root = project("good")
    (root / ".venv").mkdir()
    result = bigflow("doctor", "--json", cwd=root)
    assert checks(result)[".venv is not used"]["state"] == "warn"
    assert f"running in {sys.executable} instead" in result.err


def test_the_projects_own_python_examines_it(project: Callable[[str], Path]) -> None:
    """A .venv with the framework in it, as `bigflow install` will make it: here it is ours under another name."""
    root = project("good")
    own = root / ".venv"
    packages = own / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    (packages / "bigflow_framework-0.0.dist-info").mkdir(parents=True)
    (own / "pyvenv.cfg").write_text(f"home = {os.path.dirname(os.path.realpath(sys.executable))}\nversion = 3.11.0\n")
    (own / "bin").mkdir()
    (own / "bin" / "python").symlink_to(os.path.realpath(sys.executable))
    croniter = __import__("croniter").__file__
    found = checks(
        bigflow(
            "doctor", "--json", cwd=root, env={"PYTHONPATH": f"{Path(__file__).parents[2]}:{Path(croniter).parents[1]}"}
        )
    )
    assert found[".venv"]["state"] == "ok"
    python = next(check for title, check in found.items() if title.startswith("Python "))
    assert python["detail"] == ".venv/bin/python"
