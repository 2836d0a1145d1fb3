from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.building import perform, project
from support.package_index import Index, served, settle

from bigflow.builder.environment.marker import MARKER
from bigflow.builder.step import Declared, Interpreter, NotNeeded, Project, Wishes
from bigflow.builder.steps import environment
from bigflow.errors import UsageError


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Index]:
    """The framework comes from it too: the metadata beside which this process runs say so."""
    metadata = tmp_path / "path" / "bigflow_framework-0.1.0.dist-info"
    metadata.mkdir(parents=True)
    monkeypatch.syspath_prepend(str(tmp_path / "path"))
    with served() as index:
        settle(monkeypatch, index.url, tmp_path)
        index.add("bigflow-framework", "0.1.0")
        index.add("alpha", "1.0")
        yield index


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    (root / "shop").mkdir(parents=True)
    (root / "shop" / "__init__.py").touch()
    (root / "resources").mkdir()
    (root / "resources" / "requirements.txt").write_text("alpha==1.0\n")
    (root / "pyproject.toml").write_text('[tool.bigflow]\nedition = "2026"\nname = "shop"\n')
    return root


def own(root: Path) -> Project:
    """As if the build ran in the project's `.venv`."""
    shop = project(root)
    return replace(shop, python=Interpreter(str(root / ".venv" / "bin" / "python"), shop.python.version, own=True))


def reason(project: Project) -> str:
    said = environment.declare(project, Wishes())
    assert isinstance(said, NotNeeded)
    return said.reason


def test_no_environment_says_which_python_is_used(root: Path) -> None:
    shop = project(root)
    assert shop.python.path in reason(shop) and "bigflow install" in reason(shop)


def test_one_that_cannot_be_used(root: Path) -> None:
    (root / ".venv").mkdir()
    assert "bigflow install repairs it" in reason(project(root))


def test_somebody_elses_is_left_alone(root: Path) -> None:
    (root / ".venv").mkdir()
    assert "was not made by bigflow" in reason(own(root))


@pytest.mark.parametrize("version", ["3.10.4", "3.1.0", "4.0.0"])
def test_another_python_than_the_project_names(root: Path, version: str) -> None:
    (root / "pyproject.toml").write_text('[tool.bigflow]\nedition = "2026"\nname = "shop"\npython = "3.11"\n')
    shop = project(root)
    with pytest.raises(UsageError, match=rf"3\.11.*{version}") as caught:
        environment.declare(replace(shop, python=shop.python._replace(version=version)), Wishes())
    assert caught.value.where == "pyproject.toml:4"
    assert "bigflow install" in caught.value.hint


def test_ours_is_brought_up_to_date(root: Path, index: Index) -> None:
    (root / ".venv").mkdir()
    (root / MARKER).write_text("")
    tried = perform(environment, own(root))
    assert tried.error is None, tried.error
    assert tried.done is not None and tried.done.summary == ".venv brought up to date (2 packages)"
    assert tried.declared.leaves == (MARKER,)
    assert "resources/requirements.txt" in tried.declared.files
    again = perform(environment, own(root)).done
    assert again is not None and again.summary == ".venv up to date (2 packages)"


def test_another_framework_is_another_value(root: Path, index: Index, tmp_path: Path) -> None:
    (root / ".venv").mkdir()
    (root / MARKER).write_text("")
    before = environment.declare(own(root), Wishes())
    record = tmp_path / "path" / "bigflow_framework-0.1.0.dist-info" / "direct_url.json"
    record.write_text('{"url": "https://example.org/b-2.whl", "archive_info": {}}')
    after = environment.declare(own(root), Wishes())
    assert isinstance(before, Declared) and isinstance(after, Declared)
    assert before.values != after.values
