"""Gives the tests of locks an index of their own, and a project that can be locked."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.package_index import Index, served, settle


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Index]:
    """The only index that there is."""
    with served() as index:
        settle(monkeypatch, index.url, tmp_path)
        yield index


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with an empty requirements.in."""
    root = tmp_path / "a project"
    for folder in ("resources", "shop"):
        (root / folder).mkdir(parents=True)
    (root / "shop" / "__init__.py").touch()
    (root / "resources" / "requirements.in").touch()
    (root / "pyproject.toml").write_text('[tool.bigflow]\nedition = "2026"\nname = "shop"\npython = "3.11"\n')
    return root
