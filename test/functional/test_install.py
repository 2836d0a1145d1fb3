"""`bigflow install`: from a folder with two files to an environment in which the project runs."""

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from support.cli import Result, bigflow
from support.needs import missing
from support.package_index import Index, served

from bigflow._process import run

WORKFLOW = """
import alpha
from bigflow import Workflow, job

@job
def say(context):
    print("alpha is here:", alpha.__name__)

daily = Workflow(workflow_id="daily", definition=[say], start_date="2026-01-01")
"""


@pytest.fixture
def index() -> Iterator[Index]:
    with served() as index:
        index.add("alpha", "1.0")
        index.add("lint", "1.0")
        yield index


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "shop").mkdir(parents=True)
    (root / "shop" / "__init__.py").touch()
    (root / "shop" / "workflow.py").write_text(WORKFLOW)
    (root / "resources").mkdir()
    (root / "resources" / "requirements.in").write_text("bigflow[log]==1.11.3\nalpha\n")
    (root / "pyproject.toml").write_text(
        '[tool.bigflow]\nedition = "2026"\nname = "shop"\n[dependency-groups]\ndev = ["lint"]\n'
    )
    return root


def env(index: Index) -> Mapping[str, str]:
    """What the framework itself needs comes from where this machine gets its packages; alpha comes from us."""
    return {"UV_INDEX": index.url, "UV_PYTHON_DOWNLOADS": "never"}


def install(index: Index, root: Path, *words: str) -> Result:
    result = bigflow("install", *words, cwd=root, env=env(index), timeout=300)
    if result.code == 4:
        missing("the package registry", result.err)
    return result


def test_one_command_and_the_project_runs(index: Index, root: Path) -> None:
    made = install(index, root)
    assert made.code == 0, made.err
    assert "bigflow[log]==1.11.3 is left out" in made.err
    assert ".venv: Python 3." in made.err and "ready in" in made.err
    own = str(root / ".venv" / "bin" / "python")
    assert run([own, "-c", "import alpha, lint"]).ok
    ran = run([own, "-m", "bigflow", "run", "-w", "daily"], cwd=str(root))
    assert ran.ok and "ok  say" in ran.stderr
    nothing_to_do(index, root)
    repaired(index, root)


def nothing_to_do(index: Index, root: Path) -> None:
    began = time.monotonic()
    again = install(index, root)
    assert again.code == 0 and "up to date" in again.err
    assert time.monotonic() - began < 1.0, "it starts neither uv nor a Python"


def repaired(index: Index, root: Path) -> None:
    os.unlink(root / ".venv" / "bin" / "python")
    assert install(index, root).code == 0
    assert run([str(root / ".venv" / "bin" / "python"), "-c", "import alpha, bigflow"], cwd="/").ok


@pytest.mark.parametrize(
    ("words", "said", "told"),
    [
        (("--python", "3.99"), "", "there is no Python 3.99 on this machine"),
        (("--python", "newest"), "", "--python cannot be 'newest'"),
        (("--python", "3.12"), 'python = "3.11"\n', "is not what the project says: 3.11"),
        ((), 'python = "3.99"\n', "there is no Python 3.99 on this machine"),
    ],
)
def test_a_python_that_cannot_be(index: Index, root: Path, words: tuple[str, ...], said: str, told: str) -> None:
    (root / "resources" / "requirements.in").unlink()
    (root / "pyproject.toml").write_text(f'[tool.bigflow]\nedition = "2026"\nname = "shop"\n{said}')
    result = install(index, root, *words)
    assert result.code == 2
    assert told in result.err and "hint: " in result.err


def test_somebody_elses_folder(index: Index, root: Path) -> None:
    (root / "resources" / "requirements.in").unlink()
    (root / ".venv").mkdir()
    (root / ".venv" / "mine").touch()
    result = install(index, root)
    assert result.code == 2
    assert "is left alone" in result.err and (root / ".venv" / "mine").exists()
