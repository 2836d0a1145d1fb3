"""What `--isolation container` says when there is no image, another one, or nothing to run it."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support.built import Build, build
from support.cli import Result, bigflow
from support.own_dockerfile import write_project
from support.snapshots import Snapshot
from support.told_engine import VERSION, ToldEngine, told_engine

GONE = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n"
DENIED = "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock\n"
RUN = ("run", "-j", "daily.hello", "-r", "2026-01-02")
BACKFILL = ("backfill", "-w", "daily", "--start", "2026-01-01", "--end", "2026-01-02")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project")


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ToldEngine:
    """A docker, and nothing else on PATH."""
    engine = told_engine("docker", tmp_path, monkeypatch)
    engine.says("buildx*", code=1)
    return engine


def answers(engine: ToldEngine) -> None:
    engine.says("version*", out=json.dumps(VERSION))


def is_down(engine: ToldEngine) -> None:
    engine.says("version*", out=json.dumps({"Client": VERSION["Client"], "Server": None}), err=GONE, code=1)


def is_not_for_us(engine: ToldEngine) -> None:
    engine.says("version*", out=json.dumps({"Client": VERSION["Client"], "Server": None}), err=DENIED, code=1)


def in_containers(root: Path, *words: str) -> Result:
    variables = {"PATH": os.environ["PATH"], "XDG_CACHE_HOME": str(root.parent / "cache")}
    return bigflow(*words, "--isolation", "container", cwd=root, env=variables)


@pytest.mark.parametrize("words", [RUN, BACKFILL], ids=["run", "backfill"])
def test_no_image_yet(root: Path, docker: ToldEngine, snapshot: Snapshot, words: tuple[str, ...]) -> None:
    """That is said first, whether there is an engine or not."""
    is_down(docker)
    ran = in_containers(root, *words)
    assert ran.code == 2
    snapshot.check(ran)


@pytest.mark.parametrize("state", [is_down, is_not_for_us], ids=["down", "not for us"])
def test_an_engine_that_cannot_be_used(
    root: Path, docker: ToldEngine, snapshot: Snapshot, state: Callable[[ToldEngine], None]
) -> None:
    build(root)
    state(docker)
    ran = in_containers(root, *RUN)
    assert ran.code == 4
    snapshot.check(ran)


def test_no_engine_at_all(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot: Snapshot) -> None:
    build(root)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    ran = in_containers(root, *BACKFILL)
    assert ran.code == 4
    snapshot.check(ran)


def test_an_image_of_another_version(root: Path, docker: ToldEngine, snapshot: Snapshot) -> None:
    """It is said before the engine is asked for anything."""
    build(root, Build(version="0.9.0"))
    is_down(docker)
    snapshot.check(in_containers(root, *RUN))


def test_an_image_that_is_gone_or_another_than_was_built(root: Path, docker: ToldEngine, snapshot: Snapshot) -> None:
    build(root)
    (root / ".image" / "index.json").unlink()
    answers(docker)
    docker.says("image inspect*", code=1)
    ran = in_containers(root, *RUN)
    assert ran.code == 2
    snapshot.check(ran)


def test_a_backfill_with_nothing_to_do_asks_for_no_engine(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bigflow(*BACKFILL, cwd=root).code == 0
    build(root)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    ran = in_containers(root, *BACKFILL)
    assert ran.code == 0, ran.err
    assert "2 periods: 2 kept" in ran.err


def test_how_to_go_on_has_the_isolation_and_the_mounts(root: Path, docker: ToldEngine, tmp_path: Path) -> None:
    build(root)
    answers(docker)
    docker.says("image inspect*", out="[]")
    docker.says("*", code=1)
    ran = in_containers(root, *BACKFILL, "--mount", f"{tmp_path}:/data:ro", "--fail-fast", "--no-retries")
    assert ran.code == 1, ran.err
    assert any("run " in words and str(tmp_path) in words for words in docker.heard), docker.heard
    (line,) = (line for line in ran.err.splitlines() if "to go on:" in line)
    assert f"--isolation container --rerun failed --mount {tmp_path}:/data:ro" in line


def test_mounts_without_containers(root: Path) -> None:
    ran = bigflow(*BACKFILL, "--mount", "/tmp:/x", cwd=root)
    assert (ran.code, "--mount is for containers" in ran.err) == (2, True)
