"""`bigflow build-requirements`: what is locked, what is told, and with which code it ends."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from support.cli import Result, bigflow
from support.package_index import Index, served, surroundings


@pytest.fixture
def index() -> Iterator[Index]:
    with served() as index:
        index.add("alpha", "1.0", "beta<2")
        index.add("beta", "1.1")
        index.add("beta", "2.0")
        yield index


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "a shöp"
    (root / "shop").mkdir(parents=True)
    (root / "shop" / "__init__.py").touch()
    (root / "resources").mkdir()
    (root / "resources" / "requirements.in").write_text("alpha\n")
    (root / "pyproject.toml").write_text('[tool.bigflow]\nedition = "2026"\nname = "shop"\n')
    return root


def env(index: Index, root: Path) -> Mapping[str, str]:
    return surroundings(index.url, root.parent)


def lock(index: Index, root: Path, *words: str, cwd: Path | None = None) -> Result:
    return bigflow("build-requirements", *words, cwd=cwd or root, env=env(index, root))


def test_locked_once_and_upgraded_on_demand(index: Index, root: Path) -> None:
    first = lock(index, root)
    assert first.code == 0 and first.out == ""
    assert "  + alpha 1.0\n  + beta 1.1\n" in first.err
    assert "requirements.txt: locked 2 packages (2 changed)" in first.err
    asked = len(index.requests)
    again = lock(index, root, cwd=root / "shop")
    assert again.code == 0 and "lock up to date (2 packages)" in again.err
    assert len(index.requests) == asked
    index.add("beta", "1.2")
    assert "beta 1.1 -> 1.2" in lock(index, root, "--upgrade-package", "beta").err + lock(index, root, "--upgrade").err


def test_another_file(index: Index, root: Path) -> None:
    (root / "tools.in").write_text("beta\n")
    assert lock(index, root, "../tools.in", cwd=root / "shop").code == 0
    assert "beta==2.0" in (root / "tools.txt").read_text()
    assert not (root / "resources" / "requirements.txt").exists()


def test_requirements_that_conflict(index: Index, root: Path) -> None:
    (root / "resources" / "requirements.in").write_text("alpha\nbeta>=2\n")
    result = lock(index, root)
    assert result.code == 1
    assert "no set of versions satisfies all requirements" in result.err
    assert "at: resources/requirements.in:" in result.err
    assert str(root) not in result.err and "Traceback" not in result.err


@pytest.mark.parametrize("mood", ["broken", "silent"])
def test_an_index_that_fails_us(index: Index, root: Path, mood: str) -> None:
    index.mood = mood  # type: ignore[assignment]
    result = lock(index, root)
    assert result.code == 4
    assert "hint: " in result.err


def test_no_credentials_are_told(index: Index, root: Path) -> None:
    index.credentials = "alice:s3cret"
    wrong = index.with_credentials().replace("s3cret", "wr0ng") + "?token=t0ken"
    result = bigflow("build-requirements", "-v", cwd=root, env={**env(index, root), "UV_DEFAULT_INDEX": wrong})
    assert result.code == 4
    assert not [secret for secret in ("alice", "wr0ng", "t0ken") if secret in result.out + result.err]


def test_nothing_to_lock(index: Index, root: Path) -> None:
    (root / "resources" / "requirements.in").unlink()
    result = lock(index, root)
    assert result.code == 2
    assert "there is no resources/requirements.in" in result.err


def test_outside_of_a_project(index: Index, tmp_path: Path) -> None:
    assert lock(index, tmp_path / "x", cwd=tmp_path).code == 2
