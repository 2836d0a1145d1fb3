import os
from pathlib import Path

from support.small_shop import write_shop

from bigflow.builder.wheel.contents import LARGE, contents
from bigflow.builder.wheel.recipe import Recipe
from bigflow.builder.wheel.staging import beside, changed, stage
from bigflow.project.spec import read_spec

RECIPE = Recipe("setup.py", "x", (), (), ("LICEN[CS]E*", "docs/*.md", "pyproject.toml"), "project_setup.py")


def test_only_what_is_packaged_or_asked_for_is_copied(tmp_path: Path) -> None:
    asked = {"LICENSE": "free", "docs/a.md": "", "docs/a.txt": "", "project_setup.py": "x = 1\n", ".env.prod": "secret"}
    root = write_shop(tmp_path / "shop", {**asked, "shop/notes.sql": ""})
    (root / "LICENSE.d").mkdir()
    target = tmp_path / "stage"
    stage(str(root), str(target), RECIPE, contents(str(root), read_spec(str(root))))
    assert {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()} == {
        "LICENSE",
        "docs/a.md",
        "pyproject.toml",
        "setup.py",
        "shop/__init__.py",
        "shop/workflow.py",
        "shop/jobs/__init__.py",
        "shop/jobs/load.py",
        "resources/report.sql",
        "resources/deep/er/orders.csv",
    }
    assert (target / "setup.py").read_text() == "x = 1\n"


def test_very_large_files_are_not_there_twice(tmp_path: Path) -> None:
    root = write_shop(tmp_path / "shop", {"project_setup.py": ""})
    os.truncate(root / "resources" / "report.sql", LARGE + 1)
    os.truncate(root / "resources" / "deep" / "er" / "orders.csv", LARGE)
    target = tmp_path / "stage"
    stage(str(root), str(target), RECIPE, contents(str(root), read_spec(str(root))))
    assert os.path.realpath(target / "resources" / "report.sql") == str((root / "resources" / "report.sql").resolve())
    assert not (target / "resources" / "deep" / "er" / "orders.csv").is_symlink()


def test_patterns_are_those_of_the_project(tmp_path: Path) -> None:
    root = write_shop(tmp_path / "[1]", {"LICENSE": "", "LICENCE.txt": "", "docs/b.md": ""})
    assert beside(str(root), RECIPE.patterns) == ["LICENCE.txt", "LICENSE", "docs/b.md", "pyproject.toml"]


def test_what_came_went_or_changed(tmp_path: Path) -> None:
    root = write_shop(tmp_path)
    before = contents(str(root), read_spec(str(root)))
    (root / "shop" / "new.py").write_text("")
    (root / "resources" / "report.sql").unlink()
    (root / "shop" / "workflow.py").write_text("")
    (root / "notes.txt").write_text("")
    after = contents(str(root), read_spec(str(root)))
    assert changed(before, after) == ["resources/report.sql", "shop/new.py", "shop/workflow.py"]
    assert changed(before, before) == []
