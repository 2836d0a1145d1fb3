"""`bigflow build --buildspec` as its users see it: the log, the ending, the exit code, the history."""

import json
import os
import re
import signal
import time
from pathlib import Path

import pytest
from support.cli import Result, bigflow, start, write_files
from support.snapshots import Snapshot

SMALL = """\
version: 0.2
phases:
  install:
    commands:
      - echo installing
  build:
    commands:
      - echo building
      - test ! -e broken
  post_build:
    commands:
      - echo done with $CODEBUILD_BUILD_SUCCEEDING
artifacts:
  files: ['**/*']
  name: small
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_files(tmp_path / "project", {"buildspec.yml": SMALL, "a.txt": "a"})


def build(root: Path, home: Path, *words: str, file: str = "buildspec.yml") -> Result:
    told = bigflow("build", "--buildspec", file, *words, cwd=root, env={"HOME": str(home)}, timeout=120)
    return Result(told.words, told.code, told.out, _steady(told.err))


def _steady(text: str) -> str:
    """Without what is another one in every run."""
    text = re.sub(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d", "2026/11/21 10:00:00", text)
    text = re.sub(r"/\S*bigflow-buildspec-\w+", "[SITE]", text)
    return re.sub(r"in \d+\.\d s", "in 0.1 s", text)


def test_a_run_that_succeeds(root: Path, home: Path, snapshot: Snapshot) -> None:
    snapshot.check(build(root, home))


def test_a_run_that_fails(root: Path, home: Path, snapshot: Snapshot) -> None:
    (root / "broken").write_text("")
    snapshot.check(build(root, home))


@pytest.mark.parametrize(
    "words",
    [
        ("--only", "build"),
        ("--artifacts", "bucket/prefix"),
        ("--batch-entry", "one"),
        ("--parallel", "2"),
    ],
    ids=lambda words: words[0].strip("-"),
)
def test_words_that_are_refused(words: tuple[str, ...], root: Path, home: Path, snapshot: Snapshot) -> None:
    snapshot.check(build(root, home, *words))


@pytest.mark.parametrize("option", ["--in-place", "--artifacts=s3://b", "--batch-entry=x"])
def test_options_without_a_buildspec(option: str, root: Path, home: Path) -> None:
    result = bigflow("build", option, cwd=root, env={"HOME": str(home)})
    assert result.code == 2
    assert "is about a buildspec" in result.err


def test_there_is_no_such_file(root: Path, home: Path, snapshot: Snapshot) -> None:
    snapshot.check(build(root, home, file="absent.yml"))


def test_only_a_batch(root: Path, home: Path, snapshot: Snapshot) -> None:
    """Nothing pretends to have run."""
    write_files(
        root, {"batch.yml": "version: 0.2\nbatch:\n  build-list:\n    - identifier: linux\n    - identifier: mac\n"}
    )
    snapshot.check(build(root, home, file="batch.yml"))
    assert not (root / ".bigflow").exists()


def test_broken_yaml(root: Path, home: Path, snapshot: Snapshot) -> None:
    write_files(root, {"broken.yml": "version: 0.2\nphases:\n  build: [\n"})
    snapshot.check(build(root, home, file="broken.yml"))


def test_builds_are_listed_where_no_project_is(root: Path, home: Path) -> None:
    build(root, home)
    (root / "broken").write_text("")
    build(root, home)
    (root / "below").mkdir()
    told = json.loads(bigflow("builds", "--json", cwd=root / "below").out)
    assert [(one["build_id"], one["state"]) for one in told] == [("2", "failed"), ("1", "succeeded")]
    assert [*told[0]["steps"]][:2] == ["download_source", "install"]
    changed = json.loads(bigflow("builds", "diff", "1", "2", "--json", cwd=root).out)
    assert {one["step"]: one["after"]["state"] for one in changed["steps"]}["build"] == "failed"
    log = bigflow("builds", "show", "2", "--log", "build", cwd=root)
    assert "Running command echo building" in log.out
    shown = bigflow("builds", "show", "2", cwd=root)
    assert "again: bigflow build --buildspec buildspec.yml" in shown.err


def test_beside_the_builds_of_a_project(home: Path, tmp_path: Path) -> None:
    """The project around is found from within, and its settings count."""
    settings = '[tool.bigflow]\nname = "shop"\npackage = "shop"\n'
    files = {"pyproject.toml": settings, "shop/__init__.py": "", "deploy/ci.yml": SMALL}
    root = write_files(tmp_path / "project", files)
    result = build(root / "deploy", home, file="ci.yml")
    assert result.code == 0, result.err
    assert (root / "build" / "artifacts" / "small.zip").exists()
    assert json.loads(bigflow("builds", "--json", cwd=root).out)[0]["project"] == "shop"


def test_a_folder_that_is_named_is_taken_as_it_is(home: Path, tmp_path: Path) -> None:
    outer = {"pyproject.toml": '[tool.bigflow]\nname = "shop"\npackage = "shop"\n', "shop/__init__.py": ""}
    root = write_files(tmp_path / "project", {**outer, "inner/buildspec.yml": SMALL})
    assert build(root, home, "--project-dir", "inner", file="inner/buildspec.yml").code == 0
    assert (root / "inner" / "build" / "artifacts" / "small.zip").exists()


def test_events_as_json(root: Path, home: Path) -> None:
    result = build(root, home, "--json")
    events = [json.loads(line) for line in result.out.splitlines()]
    phases = [event["phase"] for event in events if event["event"] == "phase_ended"]
    assert phases == [
        "download_source",
        "install",
        "pre_build",
        "build",
        "post_build",
        "upload_artifacts",
        "finalizing",
    ]
    assert events[-1]["event"] == "build_ended" and events[-1]["exit_code"] == 0
    assert events[-1]["artifacts"][0]["path"] == "build/artifacts/small.zip"


def test_values_from_the_local_file(root: Path, home: Path) -> None:
    text = "version: 0.2\nenv: {parameter-store: {WHO: /who}}\nphases: {build: {commands: ['echo $WHO | rev']}}\n"
    write_files(root, {"env.yml": text, ".env.local": "WHO=you\n", ".env.dev": "WHO=dev\n"})
    assert "\nuoy\n" in build(root, home, file="env.yml").err
    assert "\nved\n" in build(root, home, "-c", "dev", file="env.yml").err


def test_no_cache(root: Path, home: Path) -> None:
    text = "version: 0.2\nphases: {build: {commands: [cat c/x || true; mkdir -p c; echo kept > c/x]}}\n"
    text += "cache: {paths: [c/x]}\n"
    write_files(root, {"cached.yml": text})
    assert "\nkept\n" not in build(root, home, file="cached.yml").err
    assert "\nkept\n" in build(root, home, file="cached.yml").err
    assert "\nkept\n" not in build(root, home, "--no-cache", file="cached.yml").err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_it_is_stopped(number: int, code: int, root: Path, home: Path) -> None:
    """Its commands end with it, and nothing is left in the folder for temporary files."""
    folder = root.parent / "tmp"
    folder.mkdir()
    text = f"version: 0.2\nphases: {{build: {{commands: ['echo $$ > {root}/mark; sleep 300']}}}}\n"
    write_files(root, {"slow.yml": text})
    env = {"HOME": str(home), "TMPDIR": str(folder)}
    with start("build", "--buildspec", "slow.yml", cwd=root, env=env) as process:
        deadline = time.monotonic() + 60
        while not (root / "mark").exists() or not (root / "mark").read_text():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(number)
        process.communicate(timeout=60)
    assert process.returncode == code
    assert not os.path.exists(f"/proc/{(root / 'mark').read_text().strip()}")
    assert list(folder.iterdir()) == []
    assert json.loads(bigflow("builds", "--json", cwd=root).out)[0]["state"] == "interrupted"
