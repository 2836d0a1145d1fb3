"""A deploy needs artifacts and configuration: no sources, no git, no Docker, no Airflow, no libraries of clouds."""

import os
import subprocess
import sys
from pathlib import Path

from support.built import Build, dag_names, named, stage
from support.cli import CHECKOUT, clean_environment
from support.needs import missing


def test_in_an_environment_that_has_nothing_else(tmp_path: Path) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    uv(tmp_path, "venv", "--python", sys.executable, str(tmp_path / "venv"))
    uv(tmp_path, "pip", "install", "--python", str(python), "croniter>=6.2.1", "jinja2>=3")
    here = stage(tmp_path / "stage", Build(specs=(named("daily"),)))
    env = {**clean_environment(), "PATH": str(python.parent), "PYTHONPATH": str(CHECKOUT)}

    def bigflow(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [python, "-m", "bigflow", *words]
        return subprocess.run(command, cwd=here, env=env, capture_output=True, text=True, timeout=60)

    seen = subprocess.run([python, "-m", "pip", "list"], env=env, capture_output=True, text=True, check=False)
    assert seen.returncode != 0  # not even pip
    for words in (("deploy",), ("drift",), ("releases",), ("undeploy", "-w", "daily"), ("rollback",)):
        done = bigflow(*words)
        assert done.returncode == 0, done.stderr
    assert dag_names(here / "deployed/dags") == {"daily_dag.py"}
    for name in ("docker", "git", "airflow"):
        assert not (python.parent / name).exists()


def uv(home: Path, *words: str) -> None:
    env = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    done = subprocess.run([sys.executable, "-m", "uv", "-q", *words], env=env, capture_output=True, text=True, cwd=home)
    if done.returncode:
        missing("an environment of its own", done.stderr[-300:])
