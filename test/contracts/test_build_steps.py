"""What every step of a build keeps to, whatever it does."""

import ast
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from support.cli import CHECKOUT, clean_environment, copy_project

from bigflow.builder.default import PARTS, PHASES
from bigflow.builder.selection import selected
from bigflow.builder.settings import PHASES as NAMES_OF_PHASES
from bigflow.builder.step import Declared

STEPS = [step for phase in PHASES for step in phase.all]
FOLDER = CHECKOUT / "bigflow" / "builder" / "steps"

# Declares every step of a project while starting a process, or reaching out, is an error. Tells what was declared.
_DECLARE = """
import json, sys
from importlib import import_module
from pathlib import Path
from support.building import project
from bigflow.builder.step import Wishes

here = project(Path(sys.argv[1]))
steps = {name: import_module(f"bigflow.builder.steps.{name}") for name in sys.argv[2:]}

def refuse(event, arguments):
    if event in ("subprocess.Popen", "os.posix_spawn", "os.fork", "os.exec", "socket.connect"):
        raise AssertionError(f"{event} {arguments}")
    if event == "open" and isinstance(arguments[1], str) and any(sign in arguments[1] for sign in "wax+"):
        raise AssertionError(f"{event} {arguments}")

sys.addaudithook(refuse)
print(json.dumps({name: [step.declare(here, Wishes()) for _ in range(2)] for name, step in steps.items()}))
"""


def test_the_table_and_the_folder_have_the_same_steps() -> None:
    assert sorted(STEPS) == sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")


def test_the_phases_are_those_that_settings_know() -> None:
    assert tuple(phase.name for phase in PHASES) == NAMES_OF_PHASES
    assert len(set(STEPS)) == len(STEPS)
    making = {name: part for name, part in PARTS.items() if name != "generate"}  # which leaves no artifacts
    assert all("manifest" in selected(PHASES, part) for part in making.values())


@pytest.mark.parametrize("step", STEPS)
def test_a_step_offers_two_functions_and_nothing_else(step: str) -> None:
    module = import_module(f"bigflow.builder.steps.{step}")
    tree = ast.parse((FOLDER / f"{step}.py").read_text())
    own = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert [name for name in own if not name.startswith("_")] == ["declare", "perform"]
    assert callable(module.declare)


@pytest.mark.parametrize("name", ["good", "legacy_setup", "nested"])
def test_declaring_only_looks_at_files_and_says_the_same_twice(name: str, tmp_path: Path) -> None:
    """It happens in every build, also where nothing changed; what it says is compared with the last build's."""
    root = copy_project(name, tmp_path / name)
    told = subprocess.run(
        [sys.executable, "-c", _DECLARE, str(root), *STEPS],
        env=clean_environment({"PYTHONPATH": f"{CHECKOUT}{os.pathsep}{CHECKOUT / 'test'}"}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    for step, (first, second) in json.loads(told.stdout).items():
        assert first == second, step
        if len(first) == len(Declared._fields):
            files, _, leaves, _ = first
            for path in (*files, *leaves):
                assert not os.path.isabs(path) and ".." not in Path(path).parts, f"{step}: {path}"
