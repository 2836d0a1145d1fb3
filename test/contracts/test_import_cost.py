"""What a start loads: `bigflow run -j` happens in every pod, and each module is paid for there, every time."""

import os
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

import pytest

from bench.measure import Command, modules_loaded

ROOT = Path(__file__).parents[2]
MOST = 75  # more than a bare interpreter has
NEVER = {"subprocess", "socket", "ssl", "asyncio", "importlib.metadata"}
KNOWN = {"bigflow", "shop", *sys.stdlib_module_names}  # everything else is third-party

WORKFLOW = """
from bigflow import Job, Workflow

class Empty(Job):
    id = "empty"
    def execute(self, context):
        pass

daily = Workflow(workflow_id="daily", definition=[Empty()], schedule_interval='@daily')
"""
CONSOLE_SCRIPT = ("-c", "import sys; from bigflow.cli.main import main; sys.exit(main())")
AS_A_MODULE = ("-m", "bigflow")
STARTS = {
    "help": (*CONSOLE_SCRIPT, "--help"),
    "run": (*CONSOLE_SCRIPT, "run", "-j", "daily.empty"),
    "run with a runtime": (*CONSOLE_SCRIPT, "run", "-j", "daily.empty", "-r", "2026-01-01"),
    "run with an environment": (*CONSOLE_SCRIPT, "run", "-j", "daily.empty", "-r", "2026-01-01", "-c", "dev"),
}
IN_A_POD = (
    *AS_A_MODULE, "run", "--job", "daily.empty", "--runtime", "2026-01-01 00:00:00",
    "--project-package", "shop", "--config", "dev",
)  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "shop").mkdir(parents=True)
    (folder / "shop" / "__init__.py").touch()
    (folder / "shop" / "workflow.py").write_text(WORKFLOW)
    (folder / "pyproject.toml").write_text('[tool.bigflow]\nedition = "2026"\nname = "shop"\n')
    return folder


def loaded(folder: Path, *arguments: str, path: Iterable[Path] = ()) -> frozenset[str]:
    """What is loaded beyond a bare interpreter. Third-party packages can be found; their site hooks are not run."""
    found = os.pathsep.join(map(str, (ROOT, *path, sysconfig.get_path("purelib"))))
    variables = {"PYTHONPATH": found, "HOME": str(folder), "LANG": "C.UTF-8"}

    def of(*words: str) -> frozenset[str]:
        return modules_loaded(Command(" ".join(words), (sys.executable, "-S", *words), folder, variables))

    return of(*arguments) - of("-c", "import site")  # what -S keeps away, and every start has


def unwanted(modules: Iterable[str]) -> list[str]:
    return sorted(name for name in modules if name in NEVER or name.partition(".")[0] not in KNOWN)


def assert_cheap(modules: frozenset[str]) -> None:
    assert not unwanted(modules)
    assert len(modules) <= MOST, f"{len(modules)} modules: {' '.join(sorted(modules))}"


@pytest.mark.parametrize("start", STARTS)
def test_a_start_in_a_project(project: Path, start: str) -> None:
    assert_cheap(loaded(project, *STARTS[start]))


@pytest.mark.parametrize("schedule", ["'@daily'", "'0 3 * * MON'", "timedelta(hours=7)", "None"])
def test_a_start_in_a_pod(project: Path, tmp_path: Path, schedule: str) -> None:
    """Where there is an installed package, and no project; the cron library stays on the build machine."""
    (project / "shop" / "workflow.py").write_text(
        "from datetime import timedelta" + WORKFLOW.replace("'@daily'", schedule)
    )
    (tmp_path / "work").mkdir()
    assert_cheap(loaded(tmp_path / "work", *IN_A_POD, path=[project]))


def test_help_never_reads_the_project(project: Path) -> None:
    modules = loaded(project, *STARTS["help"])
    assert not {name for name in modules if name.startswith(("shop", "bigflow.project", "bigflow.workflow"))}


def test_the_front_door_loads_next_to_nothing(tmp_path: Path) -> None:
    modules = loaded(tmp_path, "-c", "import bigflow")
    assert {name for name in modules if name.startswith("bigflow")} == {"bigflow"}
    assert len(modules) <= 25, sorted(modules)


@pytest.mark.parametrize("module", ["bigflow.schedule", "bigflow.configuration", "bigflow.workflow", "bigflow.konfig"])
def test_the_model_is_standard_library(tmp_path: Path, module: str) -> None:
    modules = loaded(tmp_path, "-c", f"import {module}")
    assert module in modules
    assert_cheap(modules)


@pytest.mark.parametrize("module", ["socket", "asyncio.events", "importlib.metadata", "croniter", "_pytest.config"])
def test_what_is_unwanted_would_be_seen(project: Path, module: str) -> None:
    """Also when it is a job that loads it, at the last moment."""
    late = f"    def execute(self, context):\n        import {module}\n"
    (project / "shop" / "workflow.py").write_text(
        WORKFLOW.replace("    def execute(self, context):\n        pass\n", late)
    )
    assert module in loaded(project, *STARTS["run with a runtime"])
    assert unwanted([module, module.partition(".")[0]])
