"""The first commit of a new project: made where that is possible, and told where it is not."""

import subprocess
from pathlib import Path

import pytest

from bigflow.scaffold.first_commit import keep


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / ".gitignore").write_text("/build/\n")
    (folder / "build").mkdir()
    (folder / "build" / "out").write_text("x")
    (folder / "code.py").write_text("x = 1\n")
    return folder


def test_all_that_is_not_ignored_is_committed_and_tagged(place: Path) -> None:
    assert keep(str(place), "shop") == ("0.1.0", "")
    assert git(place, "ls-files").split() == [".gitignore", "code.py"]
    assert git(place, "describe", "--exact-match") == "0.1.0"
    assert git(place, "log", "-1", "--format=%an") == "Tester"
    assert git(place, "status", "--porcelain") == ""


def test_inside_a_repository_nothing_is_done(tmp_path: Path, place: Path) -> None:
    git(tmp_path, "init")
    kept = keep(str(place), "shop")
    assert kept.version is None
    assert str(tmp_path) in kept.note
    assert not (place / ".git").exists()
    assert git(tmp_path, "tag") == ""
    assert "?? shop/" in git(tmp_path, "status", "--porcelain")


def test_inside_a_repository_of_somebody_else_nothing_is_done(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "init")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    kept = keep(str(place), "shop")
    assert "another user" in kept.note
    assert "safe.directory" in kept.note
    assert not (place / ".git").exists()


def test_without_git(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert keep(str(place), "shop") == (None, "no git repository was made: git is not installed (install git)")


def test_nobody_in_particular_commits_where_git_knows_nobody(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, (key, value) in enumerate([("user.useConfigOnly", "true"), ("user.name", ""), ("user.email", "")]):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", key)
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", value)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "3")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    kept = keep(str(place), "shop")
    assert kept.version == "0.1.0"
    assert "made by nobody" in kept.note
    assert git(place, "log", "-1", "--format=%an <%ae> %cn") == "bigflow <bigflow@localhost> bigflow"


def test_a_hook_that_refuses_is_told(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = tmp_path / "hooks" / "commit-msg"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\necho 'error: no ticket' >&2\nexit 1\n")
    hook.chmod(0o755)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.hooksPath")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(hook.parent))
    kept = keep(str(place), "shop")
    assert (kept.version, kept.note) == (None, "no first version in git: git commit failed: no ticket")
    assert git(place, "tag") == ""
