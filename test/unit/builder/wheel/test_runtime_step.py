import configparser
import os
import tomllib
import zipfile
from pathlib import Path

import pytest
from support.building import Tried, perform
from support.cli import CHECKOUT
from support.small_shop import opened, write_shop

from bigflow._version import __version__
from bigflow.builder.steps import runtime
from bigflow.builder.wheel import runtime as making

PATH = f"build/runtime/bigflow_framework-{__version__}-py3-none-any.whl"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a project, its cache, and the runtime."""
    folder = tmp_path_factory.mktemp("runtime")
    assert tried(folder, "shop").error is None
    return folder


def tried(folder: Path, name: str) -> Tried:
    return perform(runtime, opened(write_shop(folder / name), folder / "cache"))


def test_it_is_the_framework_without_requirements(made: Path) -> None:
    archive = zipfile.ZipFile(made / "shop" / PATH)
    names = set(archive.namelist())
    assert {"bigflow/__init__.py", "bigflow/py.typed", "bigflow/runner/plan.py", "bigflow/cli/main.py"} <= names
    assert not [name for name in names if "scaffold/templates" in name or name.endswith(".pyc") or "test/" in name]
    metadata = archive.read(f"bigflow_framework-{__version__}.dist-info/METADATA").decode()
    assert "Name: bigflow-framework\n" in metadata
    assert f"Version: {__version__}\n" in metadata
    assert "Requires-Dist" not in metadata


def test_it_has_the_commands_and_the_pythons_of_the_distribution(made: Path) -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    archive = zipfile.ZipFile(made / "shop" / PATH)
    parser = configparser.ConfigParser()
    parser.read_string(archive.read(f"bigflow_framework-{__version__}.dist-info/entry_points.txt").decode())
    assert dict(parser["console_scripts"]) == project["scripts"]
    metadata = archive.read(f"bigflow_framework-{__version__}.dist-info/METADATA").decode()
    assert f"Requires-Python: {project['requires-python']}\n" in metadata


def test_it_is_the_same_for_every_project_and_made_once(made: Path) -> None:
    kept = next((made / "cache" / "runtime").rglob("*.whl"))
    before = kept.stat().st_mtime_ns
    assert tried(made, "other").error is None
    assert (made / "other" / PATH).read_bytes() == (made / "shop" / PATH).read_bytes()
    assert kept.stat().st_mtime_ns == before


def test_that_of_another_version_goes(made: Path) -> None:
    old = made / "third" / "build" / "runtime" / "bigflow_framework-0.0.1-py3-none-any.whl"
    old.parent.mkdir(parents=True)
    old.touch()
    assert tried(made, "third").error is None
    assert os.listdir(old.parent) == [os.path.basename(PATH)]


def test_written_twice_it_is_the_same(made: Path, tmp_path: Path) -> None:
    making.write_runtime(str(tmp_path / "again.whl"))
    assert (tmp_path / "again.whl").read_bytes() == (made / "shop" / PATH).read_bytes()
