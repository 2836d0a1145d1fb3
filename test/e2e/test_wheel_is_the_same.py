"""One project, built where everything that must not matter is different: the wheel has the same bytes."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from support.cli import CHECKOUT
from support.small_shop import write_shop

from bigflow.builder.wheel.recipe import SETUPTOOLS

BUILD = """
import sys
from pathlib import Path
from support.small_shop import built, opened
built(opened(Path(sys.argv[1]), Path(sys.argv[2])))
"""
GENERATED = '[tool.bigflow]\nname = "shop"\n'
OWN = f"""\
[build-system]
requires = ["{SETUPTOOLS}"]
build-backend = "setuptools.build_meta"
[project]
name = "shop"
dynamic = ["version"]
dependencies = ["pandas", "numpy"]
optional-dependencies = {{ one = ["a"], two = ["b"], three = ["c"] }}
[tool.setuptools]
packages = ["shop", "shop.jobs"]
"""
PROJECTS = {"generated metadata": GENERATED, "a backend of its own": OWN}


def build(root: Path, cache: Path, variables: Mapping[str, str], umask: int = 0o022) -> str:
    """The hash of the wheel that a process of its own makes."""
    environment = {**os.environ, "PYTHONPATH": f"{CHECKOUT}:{CHECKOUT / 'test'}", **variables}
    command = [sys.executable, "-c", BUILD, str(root), str(cache)]
    subprocess.run(command, env=environment, umask=umask, cwd="/", check=True, timeout=120)
    (wheel,) = (root / "dist").iterdir()
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


def written(root: Path, pyproject: str) -> Path:
    files = {f"resources/many/{number}.csv": str(number) for number in range(20)}
    made = write_shop(root, {"pyproject.toml": pyproject, **files})
    (made / "resources" / "many" / "3.csv").chmod(0o744)
    return made


def copied_backwards(source: Path, target: Path) -> Path:
    """The same files, made in another order, under another umask, at another time."""
    for path in sorted(source.rglob("*"), reverse=True):
        if path.is_file() and path.relative_to(source).parts[0] not in ("dist", ".bigflow"):
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            copy.chmod(0o700 if path.stat().st_mode & 0o100 else 0o600)
            os.utime(copy, (time.time() - 40_000_000, time.time() - 40_000_000))
    return target


@pytest.mark.parametrize("pyproject", PROJECTS.values(), ids=PROJECTS)
def test_in_another_place_at_another_time_by_somebody_else(pyproject: str, tmp_path: Path) -> None:
    first = written(tmp_path / "first", pyproject)
    wheel = build(first, tmp_path / "cache", {})
    second = copied_backwards(first, tmp_path / "a second place" / "größer")
    (home := tmp_path / "home").mkdir()
    elsewhere = {
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "C",
        "LANG": "tr_TR.UTF-8",
        "HOME": str(home),
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),
        "PYTHONHASHSEED": "7",
        "SOURCE_DATE_EPOCH": "1",
        "USER": "somebody",
    }
    assert build(second, tmp_path / "another cache", elsewhere, umask=0o077) == wheel


def test_twice(tmp_path: Path) -> None:
    root = written(tmp_path / "shop", GENERATED)
    first = build(root, tmp_path / "cache", {})
    shutil.rmtree(root / "dist")
    assert build(root, tmp_path / "cache", {}) == first


@pytest.mark.parametrize(
    ("path", "text"), [("resources/report.sql", "select 2\n"), ("shop/jobs/load.py", "LIMIT = 4\n"), ("LICENSE", "new")]
)
def test_other_contents_are_another_wheel(path: str, text: str, tmp_path: Path) -> None:
    root = written(tmp_path / "shop", GENERATED)
    first = build(root, tmp_path / "cache", {})
    (root / path).write_text(text)
    assert build(root, tmp_path / "cache", {}) != first
