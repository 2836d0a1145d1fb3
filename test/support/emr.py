"""Turns a few texts into a project that EMR can run, with a wheel that is built, and gives its bundle."""

import base64
import hashlib
import io
import os
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from support.building import COMMIT_TIME, Tried, perform, project
from support.cli import write_files

from bigflow.artifacts.emr_bundle import EmrBundle
from bigflow.builder.step import Project, Wishes
from bigflow.builder.steps import emr, runtime
from bigflow.builder.wheel.archive import Entry, dist_info, write_wheel
from bigflow.builder.wheel.places import wheel_path

PYTHON = ".".join(map(str, sys.version_info[:2]))
PYPROJECT = f"""\
[tool.bigflow]
edition = "2026"
name = "shop"
python = "{PYTHON}"

[tool.bigflow.emr]
"""
HERE = f'python = "{PYTHON}"\ninterpreter = "{sys.executable}"\n'  # an EMR that has what this machine has
FILES = {
    "shop/__init__.py": "",
    "shop/workflow.py": "LIMIT = 3\n",
    "entry_script/run_main.py": "from shop.workflow import LIMIT\nprint(LIMIT)\n",
}


def emr_shop(root: Path, table: str = HERE, files: Mapping[str, str] | None = None, version: str = "1.2.0") -> Project:
    """The project; `table` are the lines of its [tool.bigflow.emr]."""
    write_files(root, {"pyproject.toml": PYPROJECT + table, **FILES, **(files or {})})
    made = replace(project(root, version=version), cache=str(root.parent / "cache"))
    tried = perform(runtime, made)
    assert tried.error is None, tried.error
    _write_wheel(made)
    return made


def bundle(of: Project, wishes: Wishes | None = None) -> Tried:
    """What comes of the step."""
    return perform(emr, of, wishes=wishes)


def bundled(of: Project, wishes: Wishes | None = None) -> EmrBundle:
    """The same, when it must succeed."""
    tried = bundle(of, wishes)
    assert tried.error is None, f"{tried.error}\n{tried.log}"
    return EmrBundle.parse(output(of, "deployment_manifest.json").read_bytes())


def output(of: Project, *path: str) -> Path:
    """A file of the bundle."""
    return Path(of.root, "build_output", *path)


def lock(of: Project, *lines: str) -> None:
    """What is required."""
    write_files(Path(of.root), {"resources/requirements.txt": "".join(f"{line}\n" for line in lines)})


def jar(content: bytes = b"class") -> bytes:
    """Any zip is a jar."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo("META-INF/MANIFEST.MF", (1980, 1, 1, 0, 0, 0)), content)
    return made.getvalue()


def native_wheel(name: str, version: str, tag: str, programs: tuple[str, ...] = ()) -> tuple[str, bytes]:
    """A wheel with a module and what looks like native code: the name of its file, and its content."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}/__init__.py": b"NAME = 1\n",
        f"{name}/core.cpython-{PYTHON.replace('.', '')}-x86_64-linux-gnu.so": b"\x7fELF",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: false\nTag: {tag}\n".encode(),
    }
    files.update(dict.fromkeys(programs, b"#!/bin/sh\n"))
    rows = [f"{path},sha256={_hash(content)},{len(content)}" for path, content in files.items()]
    files[f"{info}/RECORD"] = "".join(f"{row}\n" for row in (*rows, f"{info}/RECORD,,")).encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for path, content in files.items():
            info_of = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            info_of.external_attr = (0o100755 if path in programs else 0o100644) << 16
            archive.writestr(info_of, content)
    return f"{name}-{version}-{tag}.whl", made.getvalue()


def _hash(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def _write_wheel(of: Project) -> None:
    """As the wheel step makes it, without the seconds that setuptools takes."""
    info = dist_info(of.spec.name, of.version)
    metadata = f"Metadata-Version: 2.1\nName: {of.spec.name}\nVersion: {of.version}\n"
    root = Path(of.root)
    code = [Entry(str(path.relative_to(root)), str(path)) for path in root.glob("shop/**/*.py")]
    data = [Entry(f"shop/{path.relative_to(root)}", str(path)) for path in root.glob("resources/*")]
    place = os.path.join(of.root, wheel_path(of))
    os.makedirs(os.path.dirname(place), exist_ok=True)
    write_wheel(place, info, [*code, *data, Entry(f"{info}/METADATA", metadata.encode())], COMMIT_TIME)
