"""Turns changes into a small project that builds: one workflow, one test, one resource."""

import os
from collections.abc import Mapping
from pathlib import Path

from support.cli import write_files

PYPROJECT = """\
[tool.bigflow]
edition = "2026"
name = "shop"
package = "shop"
test_framework = "pytest"

[tool.bigflow.build]
audit = "off"
"""
_WORKFLOW = """\
from bigflow import Job, Workflow


class Count(Job):
    id = "count"

    def execute(self, context):
        return 1


daily = Workflow(workflow_id="daily", definition=[Count()], schedule_interval="@daily", start_date="2023-01-01")
"""
_TEST = """\
from shop.workflow import daily


def test_the_workflow():
    assert daily.workflow_id == "daily"
"""
FILES: Mapping[str, str] = {
    "pyproject.toml": PYPROJECT,
    "shop/__init__.py": '"""The shop."""\n',
    "shop/workflow.py": _WORKFLOW,
    "resources/rates.csv": "eur,1.0\n",
    "test/test_shop.py": _TEST,
    "deployment_config.py": "from bigflow import Config\n\ndeployment_config = Config('local', {})\n",
}


def shop(root: Path, **changes: str | None) -> Path:
    """The project; `changes` are texts of files by their paths (`/` as it is), None takes one away."""
    files = {path: text for path, text in {**FILES, **changes}.items() if text is not None}
    return write_files(root, files)


def surroundings(home: Path) -> dict[str, str]:
    """A home of its own, with the user's way to the package index."""
    ways = {name: value for name, value in os.environ.items() if name.startswith(("UV_", "PIP_", "SSL_"))}
    return {**ways, "HOME": str(home), "UV_PYTHON_DOWNLOADS": "never"}
