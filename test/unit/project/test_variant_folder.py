"""variant_folder: the tree's files and the variant's pyproject.toml in one folder, which follows the tree."""

import os
from pathlib import Path

import pytest
from support.cli import write_files

from bigflow.errors import UsageError
from bigflow.project.variant_folder import Laid, bring_back_lock, lay_out

OURS = '[tool.bigflow]\nname = "shop"\n'
FILES = {
    "pyproject.binary.toml": OURS + "# binary\n",
    "pyproject.source.toml": OURS,
    "shop/__init__.py": "",
    "shop/clean.py": "one\n",
    "resources/requirements.binary.in": "markupsafe\n",
    "resources/requirements.in": "six\n",
    "resources/requirements.txt": "six==1\n",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_files(tmp_path / "tree", FILES)


def laid(tree: Path, name: str = "binary") -> Laid:
    return lay_out(str(tree), name, lambda holder: None)


def texts(folder: str) -> dict[str, str]:
    inside = Path(folder)
    files = (path for path in inside.rglob("*") if path.is_file() and ".bigflow" not in path.relative_to(inside).parts)
    return {str(path.relative_to(inside)): path.read_text() for path in files}


def test_the_folder_is_a_project_and_the_tree_is_untouched(tree: Path) -> None:
    before = texts(str(tree))
    assert texts(laid(tree).folder) == {
        "pyproject.toml": OURS + "# binary\n",
        "shop/__init__.py": "",
        "shop/clean.py": "one\n",
        "resources/requirements.in": "markupsafe\n",
    }
    assert texts(str(tree)) == before


def test_without_requirements_of_its_own_those_for_all_are_used(tree: Path) -> None:
    found = texts(laid(tree, "source").folder)
    assert found["resources/requirements.in"] == "six\n"
    assert found["resources/requirements.txt"] == "six==1\n"
    assert "resources/requirements.binary.in" not in found


def test_a_lock_of_its_own_takes_the_place(tree: Path) -> None:
    write_files(tree, {"resources/requirements.source.txt": "six==2\n"})
    assert texts(laid(tree, "source").folder)["resources/requirements.txt"] == "six==2\n"


def test_it_follows_the_tree(tree: Path) -> None:
    folder = Path(laid(tree).folder)
    (tree / "shop" / "clean.py").unlink()
    write_files(tree, {"shop/new.py": "new\n", "pyproject.binary.toml": OURS})
    laid(tree)
    assert not (folder / "shop" / "clean.py").exists()
    assert (folder / "shop" / "new.py").read_text() == "new\n"
    assert (folder / "pyproject.toml").read_text() == OURS


def test_what_a_test_has_spoilt_is_put_right(tree: Path) -> None:
    spoilt = Path(laid(tree).folder) / "shop" / "clean.py"
    spoilt.write_text("two\n")
    os.utime(spoilt, (1, 1))
    laid(tree)
    assert spoilt.read_text() == "one\n"
    assert (tree / "shop" / "clean.py").read_text() == "one\n"


def test_what_builds_left_stays_and_that_of_the_tree_is_not_taken(tree: Path) -> None:
    write_files(tree, {"dist/of_the_tree.whl": "", "build/x": "", ".venv/pyvenv.cfg": "", "env/pyvenv.cfg": ""})
    write_files(tree, {"shop/__pycache__/a.pyc": "", "node_modules/a.js": "", "shop/build/kept.py": ""})
    folder = Path(laid(tree).folder)
    write_files(folder, {"dist/ours.whl": "", "docs/made-by-a-step.html": ""})
    found = texts(laid(tree).folder)
    assert {"dist/ours.whl", "docs/made-by-a-step.html", "shop/build/kept.py"} <= found.keys()
    assert not found.keys() & {"dist/of_the_tree.whl", "build/x", "env/pyvenv.cfg", "node_modules/a.js"}


def test_links_and_rights_are_kept(tree: Path) -> None:
    (tree / "shop" / "run.sh").write_text("#!/bin/sh\n")
    (tree / "shop" / "run.sh").chmod(0o755)
    (tree / "linked").symlink_to("shop")
    (tree / "shop" / "same.py").symlink_to("clean.py")
    folder = Path(laid(tree).folder)
    assert os.readlink(folder / "linked") == "shop"
    assert (folder / "shop" / "same.py").read_text() == "one\n"
    assert os.access(folder / "shop" / "run.sh", os.X_OK)


def test_names_that_are_odd(tree: Path) -> None:
    write_files(tree, {"shop/a b\nc.sql": "odd\n"})
    assert texts(laid(tree).folder)["shop/a b\nc.sql"] == "odd\n"
    assert texts(laid(tree).folder)["shop/a b\nc.sql"] == "odd\n"


def test_a_new_lock_goes_to_the_tree_under_the_name_of_the_variant(tree: Path) -> None:
    of = laid(tree)
    write_files(Path(of.folder), {"resources/requirements.txt": "markupsafe==3\n"})
    assert bring_back_lock(of) == "resources/requirements.binary.txt"
    assert (tree / "resources" / "requirements.binary.txt").read_text() == "markupsafe==3\n"
    assert (tree / "resources" / "requirements.txt").read_text() == "six==1\n"
    assert texts(laid(tree).folder)["resources/requirements.txt"] == "markupsafe==3\n"


def test_a_lock_that_is_as_it_was_is_not_written(tree: Path) -> None:
    assert bring_back_lock(laid(tree, "source")) == "resources/requirements.txt"
    assert not (tree / "resources" / "requirements.source.txt").exists()


def test_requirements_may_lie_elsewhere(tree: Path) -> None:
    said = OURS + 'project_requirements_file = "needs/all.txt"\n'
    write_files(tree, {"pyproject.binary.toml": said, "needs/all.in": "a\n", "needs/all.binary.in": "b\n"})
    assert texts(laid(tree).folder)["needs/all.in"] == "b\n"


def test_all_is_not_one(tree: Path) -> None:
    with pytest.raises(UsageError, match="--variant all is not for this command"):
        laid(tree, "all")
