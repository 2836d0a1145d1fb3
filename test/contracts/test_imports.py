"""The house's import contracts are kept, and each of them catches what it is there to catch."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# What a hasty hand would write -> the contract that must say no.
VIOLATIONS = {
    "the model uses the command line": ("workflow/graph.py", "from bigflow.cli import console", "The house"),
    "also inside a function": ("workflow/graph.py", "def f():\n    from bigflow.cli import console", "The house"),
    "a library knows the project": ("drawing/extra.py", "from bigflow.project import layout", "The house"),
    "libraries know each other": ("drawing/extra.py", "from bigflow import resources", "The house"),
    "schedule knows configuration": ("schedule/extra.py", "import bigflow.configuration", "The house"),
    "engines know each other": ("builder/__init__.py", "from bigflow.runner import attempt", "The house"),
    "a drawer for everything": ("commons.py", "", "The house"),
    "a cycle among siblings": ("workflow/definition.py", "from bigflow.workflow import jobs", "No cycles"),
    "the model starts processes": ("workflow/graph.py", "import subprocess", "The model computes"),
    "the model opens sockets": ("configuration/extra.py", "import socket", "The model computes"),
    "the model borrows processes": ("schedule/extra.py", "from bigflow import _process", "The model computes"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    program = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command as main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def house(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "bigflow", tmp_path / "bigflow", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


def test_the_contracts_are_kept() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout
    assert "0 broken" in result.stdout


@pytest.mark.parametrize("what", VIOLATIONS)
def test_a_violation_is_caught(house: Path, what: str) -> None:
    file, code, contract = VIOLATIONS[what]
    target = house / "bigflow" / file
    target.parent.mkdir(exist_ok=True)
    with target.open("a") as module:
        module.write(f"\n{code}\n")
    result = lint(house)
    assert result.returncode == 1, result.stdout + result.stderr
    told = result.stdout + result.stderr
    assert any(contract in line and "BROKEN" in line for line in told.splitlines()) or "commons" in told, told
