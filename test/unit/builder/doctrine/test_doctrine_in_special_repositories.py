"""Submodules, worktrees, sparse, shallow and partial clones, links, folders of a repository: each is understood."""

import os
from pathlib import Path

import pytest
from support.cli import write_files
from support.doctrine import FILES, broken, clean_project, git, opened, token

from bigflow.project.git import index_file


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return clean_project(tmp_path / "shop")


def commit(root: Path, files: dict[str, str]) -> None:
    write_files(root, files)
    git(root, "add", "--force", ".")
    git(root, "commit", "--quiet", "-m", "more")


def test_a_submodule_is_somebody_elses(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    commit(clean_project(other), {"build/a.txt": "x", "a.py": token()})
    git(root, "submodule", "add", "--quiet", str(other), "vendor/other")
    git(root, "commit", "--quiet", "-m", "submodule")
    assert broken(root) == []


def test_a_submodule_where_a_build_writes(root: Path, tmp_path: Path) -> None:
    """Git cannot be asked what it ignores in there; the submodule itself is no file that a build left."""
    other = clean_project(tmp_path / "other")
    (root / ".gitignore").write_text((root / ".gitignore").read_text().replace("/.image/\n", ""))
    git(root, "submodule", "add", "--quiet", str(other), ".image")
    assert broken(root) == []


def test_in_a_submodule(root: Path, tmp_path: Path) -> None:
    outer = clean_project(tmp_path / "outer")
    git(outer, "submodule", "add", "--quiet", str(root), "inner")
    inner = outer / "inner"
    write_files(inner, {"build/a.txt": "x"})
    git(inner, "add", "--force", "build")
    assert broken(inner) == [("outputs", "build")]
    assert os.path.samefile(index_file(str(inner)) or "", outer / ".git" / "modules" / "inner" / "index")


def test_in_a_worktree(root: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    git(root, "worktree", "add", "--quiet", str(tree))
    write_files(tree, {"build/a.txt": "x"})
    git(tree, "add", "--force", "build")
    assert broken(tree) == [("outputs", "build")]
    assert broken(root) == []
    assert os.path.samefile(index_file(str(tree)) or "", opened(tree).git_index)


def test_what_a_sparse_checkout_keeps_away_is_tracked_and_not_read(root: Path) -> None:
    commit(root, {"away/__pycache__/a.pyc": "x", "away/a.py": token(), "here/a.py": token()})
    git(root, "sparse-checkout", "set", "--no-cone", "/*", "!/away/")
    assert not (root / "away").exists()
    assert broken(root) == [("caches", "away/__pycache__"), ("secrets", "here/a.py:1")]


def test_a_sparse_index(root: Path) -> None:
    commit(root, {"away/__pycache__/a.pyc": "x", "shop/a.py": token()})
    git(root, "sparse-checkout", "set", "--cone", "--sparse-index", "shop")
    assert broken(root) == [("caches", "away/__pycache__"), ("secrets", "shop/a.py:1")]


def test_a_shallow_clone(root: Path, tmp_path: Path) -> None:
    commit(root, {"shop/a.py": token()})
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{root}", "shallow")
    assert broken(tmp_path / "shallow") == [("secrets", "shop/a.py:1")]


def test_a_clone_without_blobs_fetches_none_that_it_keeps_away(root: Path, tmp_path: Path) -> None:
    commit(root, {"away/a.py": token(), "shop/a.py": token(2)})
    git(root, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "--quiet", "--filter=blob:none", "--no-checkout", f"file://{root}", "partial")
    partial = tmp_path / "partial"
    git(partial, "sparse-checkout", "set", "--no-cone", "/*", "!/away/")
    git(partial, "checkout", "--quiet")
    root.rename(tmp_path / "gone")
    assert broken(partial) == [("secrets", "shop/a.py:1")]


def test_a_file_that_was_deleted_and_is_still_tracked(root: Path) -> None:
    commit(root, {"shop/a.py": token(), "shop/big.bin": "x" * 6_000_000})
    (root / "shop" / "a.py").unlink()
    (root / "shop" / "big.bin").unlink()
    assert broken(root) == [("secrets", "shop/a.py:1")]


def test_links(root: Path, tmp_path: Path) -> None:
    """Git ignores folders of that name, and a link is none; nothing behind it is in git."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.py").write_text(token())
    (root / "build").symlink_to(elsewhere)
    (root / "shop" / "link.py").symlink_to(elsewhere / "a.py")
    (root / "shop" / "gone.py").symlink_to("nowhere")
    git(root, "add", "shop")
    assert broken(root) == []


def test_a_tracked_link_where_a_build_writes_is_no_folder(root: Path, tmp_path: Path) -> None:
    (root / "dist").symlink_to(tmp_path)
    git(root, "add", "--force", "dist")
    assert broken(root) == []


def test_a_project_in_a_folder_of_a_repository(tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    write_files(outer, {f"one/{name}": text for name, text in FILES.items() if name != ".gitignore"})
    write_files(outer, {".gitignore": FILES[".gitignore"].replace("\n/", "\n/one/"), "two/build/a": token()})
    git(outer, "init", "--quiet")
    git(outer, "add", "--force", ".")
    assert broken(outer / "one") == []
    (outer / ".gitignore").write_text("")
    assert broken(outer / "one") == [("ignore-files", ".gitignore")]


def test_what_only_this_users_git_ignores_is_not_ignored_for_others(root: Path) -> None:
    write_files(root, {".gitignore": "# what can be made again\n__pycache__/\n*.egg-info/\n"})
    write_files(root, {".git/info/exclude": "/build/\n/dist/\n/.image/\n/.dags/\n/.bigflow/\n/.venv/\n"})
    assert broken(root) == [("ignore-files", ".gitignore")]


@pytest.mark.parametrize(
    "line", ["build/", "build", "/build/**", "**/build/", "/bu*/", "/[b]uild/", "/build/   ", "/build/\r", "b?ild"]
)
def test_every_kind_of_pattern_that_ignores(root: Path, line: str) -> None:
    text = (root / ".gitignore").read_bytes().replace(b"/build/\n", line.encode() + b"\n")
    (root / ".gitignore").write_bytes(text)
    assert broken(root) == []


@pytest.mark.parametrize(
    "line", ["#/build/", r"\ /build/", "/build/\\ ", "/Build/", "/build/*.txt", "/build/\n!/build/"]
)
def test_every_kind_of_pattern_that_does_not(root: Path, line: str) -> None:
    write_files(root, {".gitignore": FILES[".gitignore"].replace("/build/", line)})
    assert broken(root) == [("ignore-files", ".gitignore")]


def test_an_own_ignore_file_of_the_dockerfile_counts_alone(root: Path) -> None:
    write_files(root, {"Dockerfile.dockerignore": "*\n!shop\n", ".dockerignore": ""})
    assert broken(root) == []


def test_files_in_conflict(root: Path) -> None:
    git(root, "checkout", "--quiet", "-b", "other")
    commit(root, {"shop/a.py": "one\n"})
    git(root, "checkout", "--quiet", "-")
    commit(root, {"shop/a.py": f"{token()}\n"})
    with pytest.raises(AssertionError):
        git(root, "merge", "other")
    assert broken(root) == [("secrets", "shop/a.py:1")]


def test_a_repository_that_tracks_nothing(tmp_path: Path) -> None:
    root = write_files(tmp_path / "shop", FILES)
    git(root, "init", "--quiet")
    assert broken(root) == []
