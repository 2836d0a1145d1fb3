"""Builds that are killed, and builds that meet: the next one is right, and nothing is ever mixed."""

import json
import signal
import subprocess
from pathlib import Path

import pytest
from support.cli import bigflow, start
from support.shop import FILES, shop, surroundings

from bigflow.artifacts import changed_since, read_manifest
from bigflow.builder.default import PHASES

STEPS = [step for phase in PHASES for step in phase.all]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return shop(tmp_path / "shop")


def manifest(project: Path) -> str:
    """What the last build says that it left, which is what lies there."""
    read = read_manifest(str(project / "build" / "manifest.json"))
    assert read is not None
    assert changed_since(read, str(project)) == ()
    return read.to_json()


def test_killed_in_any_step_the_next_build_is_right(project: Path, tmp_path: Path) -> None:
    env = surroundings(tmp_path / "home")
    first = bigflow("build-package", cwd=project, env=env, timeout=300)
    assert first.code == 0, first.err
    right = manifest(project)
    killed = []
    for step in STEPS:
        (project / "shop" / "__init__.py").write_text(f'"""Before {step}."""\n')
        if _killed_in(step, project, env):
            killed.append(step)
        (project / "shop" / "__init__.py").write_text(FILES["shop/__init__.py"])
        after = bigflow("build-package", cwd=project, env=env, timeout=300)
        assert after.code == 0, f"after a kill in {step}: {after.err}"
        assert manifest(project) == right, f"after a kill in {step}"
    assert {"configuration", "tests", "wheel", "installed", "sizes", "manifest"} <= set(killed)


def test_of_two_builds_at_once_the_second_waits(project: Path, tmp_path: Path) -> None:
    env = surroundings(tmp_path / "home")
    both = [start("build-package", "--no-cache", cwd=project, env=env) for _ in range(2)]
    told = [build.communicate(timeout=300)[1] for build in both]
    assert [build.returncode for build in both] == [0, 0], told
    assert sum("waits" in text or "waiting" in text for text in told) == 1, told
    manifest(project)
    ids = [json.loads(path.read_text())["state"] for path in (project / ".bigflow" / "builds").glob("*/build.json")]
    assert ids == ["succeeded", "succeeded"]


def test_ctrl_c_ends_the_tools_and_says_so(project: Path, tmp_path: Path) -> None:
    (project / "test" / "test_slow.py").write_text("import time\n\n\ndef test_slow():\n    time.sleep(120)\n")
    with start("build-package", "--json", cwd=project, env=surroundings(tmp_path / "home")) as build:
        _until(build, "tests")
        build.send_signal(signal.SIGINT)
        _, err = build.communicate(timeout=30)
    assert build.returncode == 130, err
    left = subprocess.run(["pgrep", "-f", str(project)], capture_output=True, text=True, check=False).stdout
    assert left == ""
    assert "interrupted" in bigflow("builds", cwd=project).out


def _killed_in(step: str, project: Path, env: dict[str, str]) -> bool:
    """Whether the build came to that step, and was killed in it."""
    with start("build-package", "--no-cache", "--json", cwd=project, env=env) as build:
        came = _until(build, step)
        if came:
            build.kill()
        build.communicate(timeout=300)
    return came


def _until(build: "subprocess.Popen[str]", step: str) -> bool:
    assert build.stdout is not None
    for line in build.stdout:
        event = json.loads(line)
        if event["event"] == "step_started" and event["step"] == step:
            return True
    return False
