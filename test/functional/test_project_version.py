"""`bigflow project-version` on real repositories: only the version on stdout, so that scripts can take it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.cli import bigflow
from support.snapshots import Snapshot


def git(root: Path, *words: str) -> str:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *words], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(project: Callable[[str], Path]) -> Path:
    root = project("good")
    git(root, "init", "--quiet", "--initial-branch", "main")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "-m", "first")
    return root


@pytest.mark.parametrize("words", ["project-version", "pv -v", "pv --json"])
def test_without_a_tag(words: str, repository: Path, snapshot: Snapshot) -> None:
    snapshot.check(bigflow(*words.split(), cwd=repository))


@pytest.mark.parametrize("words", ["pv", "pv -v", "pv --json"])
def test_at_a_tag(words: str, repository: Path, snapshot: Snapshot) -> None:
    git(repository, "tag", "v1.4.0")
    snapshot.check(bigflow(*words.split(), cwd=repository / "shop"))


@pytest.mark.parametrize(
    "words", ["pv", "pv -v", "pv --git-commit HEAD~1", "pv --git-commit nowhere", "pv --git-commit v1.4.0 --json"]
)
def test_after_a_tag_with_changes(words: str, repository: Path, snapshot: Snapshot) -> None:
    git(repository, "tag", "v1.4.0")
    git(repository, "commit", "--quiet", "--allow-empty", "-m", "second")
    (repository / "shop" / "weekly.py").write_text("x = 1\n")
    snapshot.check(bigflow(*words.split(), cwd=repository))


def test_without_git(project: Callable[[str], Path], tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    result = bigflow("pv", "--json", cwd=project("good"), env={"PATH": str(tmp_path / "bin")})
    assert result.code == 0
    assert json.loads(result.out)["version"].startswith("0+nogit.")


def test_the_version_that_the_project_says(project: Callable[[str], Path]) -> None:
    result = bigflow("pv", cwd=project("legacy_setup"))
    assert (result.code, result.out, result.err) == (0, "1.2.3\n", "")
