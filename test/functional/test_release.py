"""`bigflow release`: the version on standard output, everything else beside it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.cli import bigflow
from support.snapshots import Snapshot

IDENTITY = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (("NAME", "Ada"), ("EMAIL", "ada@example.com"))
}


def git(root: Path, *words: str) -> str:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *words], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(project: Callable[[str], Path], tmp_path: Path) -> Path:
    root = project("good")
    git(root, "init", "--quiet", "--initial-branch", "main")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "-m", "first")
    git(root, "tag", "v1.4.2")
    git(root, "commit", "--quiet", "--allow-empty", "-m", "second")
    git(tmp_path, "init", "--quiet", "--bare", "origin.git")
    git(root, "remote", "add", "origin", "../origin.git")
    return root


@pytest.mark.parametrize("words", ["", "--major", "--patch", "--version 2.0rc1", "--no-push"])
def test_a_release(words: str, repository: Path, snapshot: Snapshot) -> None:
    result = bigflow("release", *words.split(), cwd=repository, env=IDENTITY)
    shown = result.err.replace(git(repository, "rev-parse", "HEAD")[:8], "[COMMIT]")
    snapshot.check(type(result)(result.words, result.code, result.out, shown))
    assert bigflow("pv", cwd=repository).out == result.out


def test_as_data(repository: Path) -> None:
    told = json.loads(bigflow("release", "--json", cwd=repository, env=IDENTITY).out)
    assert (told["version"], told["tag"], told["before"], told["pushed_to"]) == (
        "1.5",
        "v1.5",
        "1.4.2",
        "../origin.git",
    )
    assert told["commit"] == git(repository, "rev-parse", "HEAD")
    assert told["notices"] == []


@pytest.mark.parametrize(
    "words",
    [
        "--version 1.4", "--version next", "--version", "--major --minor", "--minor --version 2.0", "-i gone",
        "-i . --no-push",
    ],
)  # fmt: skip
def test_slips(words: str, repository: Path, snapshot: Snapshot) -> None:
    snapshot.check(bigflow("release", *words.split(), cwd=repository, env=IDENTITY))
    assert git(repository, "tag") == "v1.4.2"


def test_a_dirty_tree(repository: Path, snapshot: Snapshot) -> None:
    (repository / "shop" / "forgotten.py").touch()
    snapshot.check(bigflow("release", cwd=repository, env=IDENTITY))


def test_an_origin_that_cannot_be_reached(repository: Path, snapshot: Snapshot) -> None:
    git(repository, "remote", "set-url", "origin", "../gone.git")
    result = bigflow("release", cwd=repository, env=IDENTITY)
    assert (result.code, result.out) == (4, "")
    snapshot.check(result)
    assert git(repository, "tag") == "v1.4.2"


def test_where_git_knows_nobody(repository: Path) -> None:
    nobody = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.useConfigOnly", "GIT_CONFIG_VALUE_0": "true"}
    result = bigflow("release", cwd=repository, env=nobody)
    assert (result.code, result.out) == (0, "1.5\n")
    assert "git does not know who you are" in result.err


def test_outside_of_a_project(tmp_path: Path) -> None:
    assert bigflow("release", cwd=tmp_path).code == 2
