import configparser
import os
import re
import time
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


def test_a_changed_file_is_another_framework_whatever_is_remembered(tmp_path: Path) -> None:
    package, memory = tmp_path / "bigflow", str(tmp_path / "framework.json")
    package.mkdir()
    (package / "a.py").write_text("a = 1")
    first = making.hash_below(str(package), memory)
    making.remember(str(package), memory, time.time() + 60)
    assert making.hash_below(str(package), memory) == first
    times = (package / "a.py").stat()
    (package / "a.py").write_text("a = 2")
    os.utime(package / "a.py", ns=(times.st_atime_ns, times.st_mtime_ns))
    second = making.hash_below(str(package), memory)
    (package / "b.py").touch()
    assert len({first, second, making.hash_below(str(package), memory)}) == 3


def test_what_is_remembered_is_not_read_again(tmp_path: Path) -> None:
    package, memory = tmp_path / "bigflow", tmp_path / "framework.json"
    package.mkdir()
    (package / "a.py").write_text("a = 1")
    making.remember(str(package), str(memory), time.time() + 60)
    memory.write_text(re.sub(r'"hash": "[0-9a-f]+"', '"hash": "told"', memory.read_text()))
    assert making.hash_below(str(package), str(memory)) == "told"


def test_what_changed_just_now_is_not_remembered(tmp_path: Path) -> None:
    package, memory = tmp_path / "bigflow", tmp_path / "framework.json"
    package.mkdir()
    (package / "a.py").write_text("a = 1")
    making.remember(str(package), str(memory), time.time())
    assert not memory.exists()


@pytest.mark.parametrize("content", ["", "[]", '{"state": 1}', "\0"])
def test_a_memory_that_says_nothing(content: str, tmp_path: Path) -> None:
    package, memory = tmp_path / "bigflow", tmp_path / "framework.json"
    package.mkdir()
    (package / "a.py").write_text("a = 1")
    right = making.hash_below(str(package), str(tmp_path / "other.json"))
    memory.write_text(content)
    assert making.hash_below(str(package), str(memory)) == right
