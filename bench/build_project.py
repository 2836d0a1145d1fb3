"""Turns nothing into the project that we and the peer build: three workflows, tests, resources, a tag in git."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from bench.environments import KEPT, Environment

PACKAGE = "bench_shop"
REQUIREMENTS = ("pandas", "requests", "jinja2")
CHANGED = f"{PACKAGE}/daily.py"

_WORKFLOW = '''\
"""The workflow {name}."""

from bigflow import Job, Workflow

from {package}.amounts import total


class Count(Job):
    id = "count"

    def execute(self, context):
        return total(range(10))


class Tell(Job):
    id = "tell"

    def execute(self, context):
        import pandas

        return pandas.DataFrame({{"amount": [1, 2, 3]}}).amount.sum()


{name} = Workflow(workflow_id="{name}", definition=[Count(), Tell()], schedule_interval="@daily")
'''
_TESTS = """\
import unittest

from {package}.amounts import total
from {package}.daily import Tell


class Told(unittest.TestCase):
    def test_a_frame(self):
        self.assertEqual(Tell().execute(None), 6)


class Amounts(unittest.TestCase):
"""
_TEST = """\
    def test_{n}(self):
        self.assertEqual(total(range({n})), sum(range({n})))

"""


def write(folder: Path, peer: Environment, more: Mapping[str, str] | None = None) -> None:
    """A project of 1.11, which both understand; its lock is made by the peer's own command. `more` are other files."""
    shutil.rmtree(folder, ignore_errors=True)
    files = {
        "setup.py": "import bigflow.build\n\nbigflow.build.setup(name='bench-shop')\n",
        "deployment_config.py": "from bigflow import Config\n\n"
        "deployment_config = Config('dev', {'docker_repository': 'repository'})\n",
        f"{PACKAGE}/__init__.py": "",
        f"{PACKAGE}/amounts.py": '"""Adds."""\n\n\ndef total(amounts):\n    return sum(amounts)\n',
        "test/__init__.py": "",
        "test/test_amounts.py": _TESTS.format(package=PACKAGE) + "".join(_TEST.format(n=n) for n in range(20)),
        "resources/requirements.in": "".join(f"{name}\n" for name in REQUIREMENTS),
        "resources/rates.csv": "".join(f"{n},{n * 1.1:.2f}\n" for n in range(1000)),
        ".gitignore": "build/\ndist/\n.image/\n.dags/\n.bigflow/\n*.egg-info/\n__pycache__/\n",
    }
    for name in ("daily", "hourly", "weekly"):
        files[f"{PACKAGE}/{name}.py"] = _WORKFLOW.format(name=name, package=PACKAGE)
    for path, text in {**files, **(more or {})}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    _run(folder, peer.script("bigflow"), "build-requirements", variables=peer.variables)
    git = ("git", "-c", "user.name=bench", "-c", "user.email=bench@localhost")
    for words in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "-m", "as measured"), ("tag", "1.0.0")):
        _run(folder, *git, *words)


def place(name: str) -> Path:
    """Where a copy of it lies."""
    return KEPT / "projects" / f"build-{name}"


def _run(folder: Path, *command: str, variables: dict[str, str] | None = None) -> None:
    subprocess.run(command, cwd=folder, env=variables, check=True, stdout=subprocess.DEVNULL)
