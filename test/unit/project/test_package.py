"""package: a project's root and name in, its one package out, or what is wrong."""

from pathlib import Path

import pytest

from bigflow.errors import Finding
from bigflow.project.package import find_package


def with_packages(root: Path, *names: str) -> str:
    for name in names:
        (root / name).mkdir()
        (root / name / "__init__.py").touch()
    return str(root)


def test_the_one_that_is_called_as_the_project(tmp_path: Path) -> None:
    assert find_package(with_packages(tmp_path, "shop", "my_shop"), "my-shop") == "my_shop"


@pytest.mark.parametrize("name", ["something-else", "", None, "../shop", "."])
def test_else_the_only_one_there_is(tmp_path: Path, name: str | None) -> None:
    root = with_packages(tmp_path, "shop", "test", "tests", "docs", "resources", "build", "checks", ".hidden", "a-b")
    (tmp_path / "plain_folder").mkdir()
    (tmp_path / "module.py").touch()
    assert find_package(root, name, besides=["checks"]) == "shop"


def test_several_are_named_with_what_to_write(tmp_path: Path) -> None:
    found = find_package(with_packages(tmp_path, "store", "shop"), "x")
    assert isinstance(found, Finding)
    assert found.message == "several packages could be the project's: shop, store"
    assert 'package = "shop" under [tool.bigflow]' in found.hint


def test_a_missing_one_is_named_with_how_to_make_it(tmp_path: Path) -> None:
    found = find_package(str(tmp_path), "my-store")
    assert isinstance(found, Finding)
    assert found.message == "the project package is missing: there is no my_store/__init__.py"
    assert found.hint.startswith("mkdir my_store && touch my_store/__init__.py")


def test_a_folder_that_is_not_yet_a_package(tmp_path: Path) -> None:
    (tmp_path / "my_store").mkdir()
    assert find_package(str(tmp_path), "my-store") == Finding(
        "the project package is not a package: there is no my_store/__init__.py", hint="touch my_store/__init__.py"
    )
