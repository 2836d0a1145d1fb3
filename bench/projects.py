"""Turns nothing into the tiny projects that are measured: a workflow whose one job does nothing."""

import hashlib
import shutil
import subprocess
from pathlib import Path

from bench.environments import KEPT, wheel_of

PACKAGE = "bench_project"
OURS = KEPT / "projects" / "ours"
OF_1_11 = KEPT / "projects" / "of-1.11"  # with a setup.py, as its start-project writes them
OF_1_11_IN_A_TABLE = KEPT / "projects" / "of-1.11-in-a-table"  # without: 1.11 then starts no second Python
FOR_A_WHEEL = KEPT / "projects" / "for-a-wheel"
NOWHERE = KEPT / "projects" / "nowhere"  # no project at all, as a pod's working folder

_WORKFLOW = """\
from bigflow import Job, Workflow


class Empty(Job):
    id = "empty"

    def execute(self, context):
        pass


daily = Workflow(workflow_id="daily", definition=[Empty()], schedule_interval="@daily")
"""
_MODULES = {f"{PACKAGE}/__init__.py": "", f"{PACKAGE}/workflow.py": _WORKFLOW}
_NEEDED_BY_1_11 = {
    "deployment_config.py": "from bigflow import Config\n\n"
    "deployment_config = Config('dev', {'docker_repository': 'none'})\n",
    "resources/requirements.txt": "",
}
_FILES = {
    OURS: {
        **_MODULES,
        "pyproject.toml": f'[tool.bigflow]\nedition = "2026"\nname = "bench-project"\npackage = "{PACKAGE}"\n',
    },
    OF_1_11: {
        **_MODULES,
        **_NEEDED_BY_1_11,
        "setup.py": "import bigflow.build\n\nbigflow.build.setup(name='bench-project')\n",
    },
    OF_1_11_IN_A_TABLE: {
        **_MODULES,
        **_NEEDED_BY_1_11,
        "pyproject.toml": '[bigflow-project]\nname = "bench-project"\n',
    },
    FOR_A_WHEEL: {
        **_MODULES,
        "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        f'[project]\nname = "bench-project"\nversion = "1.0"\n[tool.setuptools]\npackages = ["{PACKAGE}"]\n',
    },
    NOWHERE: {},
}


def write() -> None:
    """All of them, each a git repository: 1.11 asks git for the version on every call."""
    for folder, files in _FILES.items():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        git = ("git", "-C", str(folder), "-c", "user.name=bench", "-c", "user.email=bench@localhost")
        subprocess.run([*git, "init", "--quiet"], check=True)
        subprocess.run([*git, "add", "--all"], check=True)
        subprocess.run([*git, "commit", "--quiet", "--allow-empty", "--message", "as measured"], check=True)


def wheel() -> Path:
    """Such a project as an image carries it."""
    return wheel_of(FOR_A_WHEEL, hashlib.sha256(repr(_FILES[FOR_A_WHEEL]).encode()).hexdigest()[:16])
