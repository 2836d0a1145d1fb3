"""Gives the tests of the command line copies of projects, and files with what must be printed."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.cli import copy_project
from support.snapshots import Snapshot

HERE = Path(__file__).parent
expected = pytest.StashKey[set[Path]]()


def snapshot_of(item: pytest.Item) -> Path:
    name = re.sub(r"[^\w.-]+", "-", item.name).strip("-")
    return HERE / "snapshots" / item.path.stem / f"{name.removeprefix('test_')}.txt"


def pytest_itemcollected(item: pytest.Item) -> None:
    """Before anything is deselected, so that running some of the tests accuses nobody."""
    if "snapshot" in getattr(item, "fixturenames", ()):
        item.session.stash.setdefault(expected, set()).add(snapshot_of(item))


@pytest.fixture
def expected_snapshots(request: pytest.FixtureRequest) -> set[Path]:
    return request.session.stash.get(expected, set())


@pytest.fixture
def snapshot(request: pytest.FixtureRequest, tmp_path: Path) -> Snapshot:
    places = (
        (tmp_path / "project", "[PROJECT]"),
        (tmp_path, "[TMP]"),
        (Path(sys.executable), "[PYTHON]"),
        (Path(sys.executable).resolve(), "[PYTHON]"),
    )
    return Snapshot(snapshot_of(request.node), places)


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str], Path]:
    """Copies one of test/projects to where a test may spoil it."""
    return lambda name: copy_project(name, tmp_path / "project")
