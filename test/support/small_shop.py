"""Turns a few texts into a project that can be built, and what was built into values."""

import os
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from support.building import Tried, perform, project
from support.cli import write_files

from bigflow.builder.step import Project
from bigflow.builder.steps import wheel

WORKFLOW = """\
from bigflow import Job, Workflow


class Say(Job):
    id = "say"

    def execute(self, context):
        print("hello")


daily = Workflow(workflow_id="daily", definition=[Say()])
"""
SHOP = {
    "pyproject.toml": '[tool.bigflow]\nedition = "2026"\nname = "shop"\n',
    "shop/__init__.py": "",
    "shop/workflow.py": WORKFLOW,
    "shop/jobs/__init__.py": "",
    "shop/jobs/load.py": "LIMIT = 3\n",
    "resources/report.sql": "select 1\n",
    "resources/deep/er/orders.csv": "a,b\n",
    "test/test_shop.py": "",
    "deployment_config.py": "raise SystemExit('a wheel needs none of this')\n",
    "notes.txt": "not packaged\n",
}


def write_shop(root: Path, files: Mapping[str, str | None] | None = None) -> Path:
    """The shop, with other files, or without those that are None."""
    merged = {**SHOP, **(files or {})}
    return write_files(root, {path: text for path, text in merged.items() if text is not None})


def opened(root: Path, cache: Path) -> Project:
    """The project, with a cache that others share: making an environment takes time."""
    return replace(project(root), cache=str(cache))


def built(of: Project) -> Tried:
    """The wheel step, which must succeed."""
    tried = perform(wheel, of)
    assert tried.error is None, f"{tried.error}\n{tried.log}"
    return tried


def wheel_of(of: Project) -> zipfile.ZipFile:
    """The one wheel in `dist/`."""
    (name,) = os.listdir(os.path.join(of.root, "dist"))
    return zipfile.ZipFile(os.path.join(of.root, "dist", name))


def files_in(archive: zipfile.ZipFile) -> dict[str, str]:
    """All but the metadata."""
    return {name: archive.read(name).decode() for name in archive.namelist() if ".dist-info/" not in name}


def metadata_in(archive: zipfile.ZipFile) -> str:
    """The text of METADATA."""
    return archive.read(next(name for name in archive.namelist() if name.endswith("/METADATA"))).decode()
