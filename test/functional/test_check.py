"""`bigflow check`: whether what was built still is as the manifest says, and the project configured right."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.cli import CHECKOUT, bigflow, write_files
from support.doctrine import CACHE, FILES, git, token
from support.snapshots import Snapshot

from bigflow.artifacts.artifact import Made, artifact_of, folder_artifact
from bigflow.artifacts.manifest import PATH, Manifest

CACHED = {"XDG_CACHE_HOME": str(CACHE.parent)}  # the detector's rules are compiled
HOOK = f"""#!/bin/sh
export PYTHONPATH={CHECKOUT} XDG_CACHE_HOME={CACHE.parent}
exec {sys.executable} -m bigflow check --only doctrine >&2
"""
MADE = Made("0.1.0", "i" * 64)
WHEEL, DAGS = "dist/shop-0.1.0-py3-none-any.whl", ".dags"


def build(root: Path) -> Path:
    """What a build would have left: a wheel, a folder, and their manifest."""
    write_files(root, {WHEEL: "a wheel", f"{DAGS}/daily.py": "dag = 1\n", f"{DAGS}/weekly.py": "dag = 2\n"})
    artifacts = (artifact_of(str(root), WHEEL, "wheel", MADE), folder_artifact(str(root), DAGS, "dag", MADE))
    manifest = Manifest("shop", "shop", "0.1.0", None, artifacts)
    write_files(root, {PATH: manifest.to_json()})
    return root


@pytest.fixture
def root(project: Callable[[str], Path]) -> Path:
    return build(project("good"))


def test_all_is_well(root: Path, snapshot: Snapshot) -> None:
    snapshot.check(bigflow("check", cwd=root))


def test_all_is_well_as_json(root: Path, snapshot: Snapshot) -> None:
    snapshot.check(bigflow("check", "--json", cwd=root))


def spoil_the_wheel(root: Path) -> None:
    (root / WHEEL).write_text("another wheel")


def lose_the_wheel(root: Path) -> None:
    (root / WHEEL).unlink()


def spoil_a_folder(root: Path) -> None:
    write_files(root, {f"{DAGS}/daily.py": "dag = 3\n", f"{DAGS}/new.py": ""})
    (root / DAGS / "weekly.py").unlink()


def lose_the_manifest(root: Path) -> None:
    (root / PATH).unlink()


def halve_the_manifest(root: Path) -> None:
    whole = (root / PATH).read_bytes()
    (root / PATH).write_bytes(whole[: len(whole) // 2])


def write_a_newer_manifest(root: Path) -> None:
    (root / PATH).write_text('{"schema": 2}')


def misspell_a_setting(root: Path) -> None:
    with (root / "pyproject.toml").open("a") as file:
        file.write('[tool.bigflow.build]\nlnit = "ruff check"\naudit = "no"\n')


def break_the_configuration(root: Path) -> None:
    (root / "deployment_config.py").write_text("deployment_config = {}\n")


def leave_a_placeholder(root: Path) -> None:
    config = "from bigflow import Config\ndeployment_config = Config('local', {'a': '{b}', 'b': '{a}'})\n"
    (root / "deployment_config.py").write_text(config)


def have_no_configuration(root: Path) -> None:
    (root / "deployment_config.py").unlink()


CHANGES = [
    spoil_the_wheel, lose_the_wheel, spoil_a_folder, lose_the_manifest, halve_the_manifest, write_a_newer_manifest,
    misspell_a_setting, break_the_configuration, leave_a_placeholder, have_no_configuration,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_something_is_not(change: Callable[[Path], None], root: Path, snapshot: Snapshot) -> None:
    change(root)
    snapshot.check(bigflow("check", cwd=root))


def test_a_failure_as_json(root: Path, snapshot: Snapshot) -> None:
    spoil_the_wheel(root)
    misspell_a_setting(root)
    snapshot.check(bigflow("check", "--json", cwd=root))


def test_a_file_that_cannot_be_read(root: Path) -> None:
    if os.geteuid() == 0:
        (root / WHEEL).unlink()
        (root / WHEEL).mkdir()  # root may read every file, but nobody a folder as one
    else:
        (root / WHEEL).chmod(0)
    result = bigflow("check", cwd=root)
    assert result.code == 1, result.err
    assert "shop-0.1.0-py3-none-any.whl" in result.out


def test_it_looks_and_changes_nothing(root: Path) -> None:
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert bigflow("check", cwd=root / "shop").code == 0
    after = {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert before == after


def test_a_moved_project_still_fits(root: Path, tmp_path: Path) -> None:
    moved = root.rename(tmp_path / "else where é")
    assert bigflow("check", cwd=moved).code == 0


def test_outside_of_a_project(tmp_path: Path) -> None:
    result = bigflow("check", cwd=tmp_path)
    assert (result.code, result.out) == (2, "")


def test_every_check_says_whether_it_passed(root: Path) -> None:
    told = json.loads(bigflow("check", "--json", cwd=root).out)
    checks = ("project", "configuration", "doctrine", "manifest")
    assert {one["check"]: one["passed"] for one in told} == dict.fromkeys(checks, True)


def in_git(root: Path) -> Path:
    """All that lies there is tracked, what was built too."""
    git(root, "init", "--quiet", "--template=")
    write_files(root, {".gitignore": "*.tmp\n", "shop/a.py": token()})
    git(root, "add", "--force", ".")
    return root


def test_what_git_should_not_have(root: Path, snapshot: Snapshot) -> None:
    snapshot.check(bigflow("check", "--only", "doctrine", cwd=in_git(root), env=CACHED))


def test_what_git_should_not_have_is_mended(root: Path, snapshot: Snapshot) -> None:
    snapshot.check(bigflow("check", "--only", "doctrine", "--fix", cwd=in_git(root), env=CACHED))
    assert (root / WHEEL).is_file() and WHEEL not in git(root, "ls-files")


def test_only_what_is_asked_for(root: Path) -> None:
    done = bigflow("check", "--only", "manifest", "--only", "project", "--json", cwd=root)
    assert [one["check"] for one in json.loads(done.out)] == ["project", "manifest"]


def test_a_check_that_there_is_not(root: Path) -> None:
    done = bigflow("check", "--only", "doctrin", cwd=root)
    assert done.code == 2 and "doctrine" in done.err


def test_a_wrong_setting_of_the_doctrine(root: Path) -> None:
    with (root / "pyproject.toml").open("a") as file:
        file.write('[tool.bigflow.doctrine]\nsecret = "off"\n')
    done = bigflow("check", cwd=root)
    assert done.code == 1 and "there is no doctrine.secret" in done.out and "did you mean 'secrets'?" in done.out


def test_a_commit_of_changed_files_is_looked_at_before_it_is_made(root: Path) -> None:
    """During `git commit -a` the files are in another index, which git names in a variable."""
    git(root, "init", "--quiet", "--template=")
    write_files(root, {".gitignore": FILES[".gitignore"], ".git/hooks/pre-commit": HOOK})
    (root / ".git/hooks/pre-commit").chmod(0o755)
    git(root, "add", ".")
    git(root, "commit", "--quiet", "-m", "clean")
    write_files(root, {"deployment_config.py": f"# {token()}\n"})
    with pytest.raises(AssertionError, match="looks like a secret"):
        git(root, "commit", "-a", "-m", "secret")
    assert git(root, "log", "--format=%s") == "clean"
