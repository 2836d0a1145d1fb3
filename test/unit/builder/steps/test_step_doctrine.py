"""The step `doctrine`: outputs and secrets fail it, the rest warns; it is skipped while the index is the same."""

from dataclasses import replace
from pathlib import Path

import pytest
from support.building import Tried, perform, project
from support.cli import write_files
from support.doctrine import CACHE, clean_project, git

from bigflow.builder.step import Declared, NotNeeded, Wishes
from bigflow.builder.steps import doctrine


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return clean_project(tmp_path / "shop")


def tried(root: Path) -> Tried:
    return perform(doctrine, replace(project(root), cache=str(CACHE)))


def declared(root: Path) -> Declared:
    said = doctrine.declare(project(root), Wishes())
    assert isinstance(said, Declared)
    return said


def test_a_clean_repository(root: Path) -> None:
    done = tried(root).done
    assert done is not None and done.summary == "git ok (5 files)" and not done.warnings


def test_outputs_fail_and_name_the_repair(root: Path) -> None:
    write_files(root, {"build/a.txt": "", "shop/a.pyc": ""})
    git(root, "add", "--force", ".")
    attempt = tried(root)
    assert attempt.error is not None
    (finding,) = attempt.error.findings  # type: ignore[attr-defined]
    assert (finding.where, finding.hint) == ("build", "git rm -r --cached -- build")
    assert "shop/a.pyc" in attempt.log, "the log has what only warns, too"


def test_the_rest_warns(root: Path) -> None:
    write_files(root, {"shop/__pycache__/a.pyc": ""})
    git(root, "add", "--force", ".")
    done = tried(root).done
    assert done is not None and [one.where for one in done.warnings] == ["shop/__pycache__"]


def test_it_is_done_anew_when_the_index_changes(root: Path) -> None:
    before = declared(root)
    assert declared(root) == before
    write_files(root, {"shop/a.py": ""})
    assert declared(root) == before, "what git does not have is not its business"
    git(root, "add", "shop/a.py")
    assert declared(root) != before


def test_it_reads_what_it_depends_on(root: Path) -> None:
    assert {".gitignore", ".dockerignore", "pyproject.toml"} <= set(declared(root).files)


def test_outside_of_git_it_is_not_needed(tmp_path: Path) -> None:
    root = write_files(tmp_path / "shop", {"pyproject.toml": '[tool.bigflow]\nname = "shop"\n', "shop/__init__.py": ""})
    assert isinstance(doctrine.declare(project(root), Wishes()), NotNeeded)
    git(root, "init", "--quiet")
    assert isinstance(doctrine.declare(project(root), Wishes()), NotNeeded)


def test_a_repository_that_git_does_not_read_fails_no_build(root: Path) -> None:
    (root / ".git" / "HEAD").write_text("nothing\n")
    done = tried(root).done
    assert done is not None and done.summary.startswith("not looked at: ")
