from collections.abc import Iterator
from pathlib import Path

import pytest
from support.building import perform, project
from support.package_index import Index, served, settle

from bigflow.builder.step import Declared, NotNeeded, Project, StepFailed, Wishes
from bigflow.builder.steps import requirements

SOURCE, LOCK = "resources/requirements.in", "resources/requirements.txt"


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Index]:
    with served() as index:
        settle(monkeypatch, index.url, tmp_path)
        index.add("alpha", "1.0")
        index.add("alpha", "2.0")
        yield index


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    root = tmp_path / "shop"
    (root / "shop").mkdir(parents=True)
    (root / "shop" / "__init__.py").touch()
    (root / "resources").mkdir()
    (root / SOURCE).write_text("-r more.in\n")
    (root / "resources" / "more.in").write_text("alpha<2\n")
    (root / "pyproject.toml").write_text('[tool.bigflow]\nedition = "2026"\nname = "shop"\n')
    return project(root)


def test_what_it_reads_and_leaves(shop: Project) -> None:
    declared = requirements.declare(shop, Wishes())
    assert isinstance(declared, Declared)
    assert declared.files == (SOURCE, "resources/more.in")
    assert declared.leaves == (LOCK,)
    assert any("linux/amd64" in value for value in declared.values)
    assert not declared.always


@pytest.mark.parametrize("wishes", [Wishes(upgrade=True), Wishes(upgrade_packages=("alpha",))])
def test_an_upgrade_is_never_skipped(shop: Project, wishes: Wishes) -> None:
    declared = requirements.declare(shop, wishes)
    assert isinstance(declared, Declared) and declared.always


def test_the_lock_is_made_once(shop: Project, index: Index) -> None:
    tried = perform(requirements, shop)
    assert tried.done is not None and tried.done.summary == "locked 1 package (1 changed)"
    assert "+ alpha 1.0" in tried.log
    asked = len(index.requests)
    again = perform(requirements, shop).done
    assert again is not None and again.summary == "lock up to date (1 package)"
    assert len(index.requests) == asked


def test_an_upgrade(shop: Project, index: Index) -> None:
    perform(requirements, shop)
    index.add("alpha", "1.5")
    Path(shop.root).parent.joinpath("uv-cache").rename(Path(shop.root).parent / "gone")
    tried = perform(requirements, shop, wishes=Wishes(upgrade_packages=("alpha",)))
    assert "alpha 1.0 -> 1.5" in tried.log


def test_the_framework_of_1_11_is_told_of(shop: Project, index: Index) -> None:
    Path(shop.root, SOURCE).write_text("bigflow[log]==1.11.3\nalpha\n")
    done = perform(requirements, shop).done
    assert done is not None
    assert [warning.where for warning in done.warnings] == [f"{SOURCE}:1"]


def test_a_conflict(shop: Project, index: Index) -> None:
    Path(shop.root, SOURCE).write_text("alpha<2\nalpha>=2\n")
    tried = perform(requirements, shop)
    assert isinstance(tried.error, StepFailed)
    assert not Path(shop.root, LOCK).exists()


def test_a_list_without_a_source_is_used_as_it_is(shop: Project) -> None:
    Path(shop.root, SOURCE).unlink()
    nothing = requirements.declare(shop, Wishes())
    assert isinstance(nothing, NotNeeded) and "nothing is required" in nothing.reason
    Path(shop.root, LOCK).write_text("alpha\n")
    as_it_is = requirements.declare(shop, Wishes())
    assert isinstance(as_it_is, NotNeeded) and "as it is" in as_it_is.reason
