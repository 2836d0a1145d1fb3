"""`--fix`: ignore files get lines, git loses outputs; every file stays, and a second time nothing is left to do."""

import os
from pathlib import Path

import pytest
from support.cli import write_files
from support.doctrine import broken, clean_project, examine, git, opened, token

from bigflow.builder.doctrine.mending import mended
from bigflow.errors import Finding


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return clean_project(tmp_path / "shop")


def mend(root: Path) -> list[Finding]:
    return list(mended(str(root), opened(root), examine(root)))


def files(root: Path) -> dict[str, bytes]:
    """All that lies there, but git's own and ours."""
    paths = (path for path in root.rglob("*") if path.is_file() and not path.is_relative_to(root / ".git"))
    return {os.fsencode(path.relative_to(root)).decode("utf-8", "replace"): path.read_bytes() for path in paths}


def spoil(root: Path) -> None:
    write_files(root, {"build/a\nb.txt": "x", "shop/__pycache__/a.pyc": "y", "shop/a.proto": "", "shop/a_pb2.py": ""})
    write_files(root, {".venv/pyvenv.cfg": "", "shop/b.py": token(), ".dockerignore": "shop\n"})
    (root / ".gitignore").write_text("*.tmp")
    git(root, "add", "--force", ".")
    git(root, "commit", "--quiet", "-m", "spoilt")


def test_all_that_is_safe_is_mended_and_the_rest_stays(root: Path) -> None:
    spoil(root)
    before = files(root)
    assert mend(root)
    assert broken(root) == [("secrets", "shop/b.py:1")]
    after = files(root)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {".gitignore", ".dockerignore"} and before.keys() <= after.keys()
    assert (root / ".gitignore").read_text().startswith("*.tmp\n# what a build leaves")


def test_a_second_time_nothing_is_done(root: Path) -> None:
    spoil(root)
    mend(root)
    text, listed = (root / ".gitignore").read_text(), git(root, "ls-files")
    assert mend(root) == []
    assert (root / ".gitignore").read_text() == text and git(root, "ls-files") == listed


def test_ends_of_lines_and_bytes_that_are_no_text_are_kept(root: Path) -> None:
    (root / ".gitignore").write_bytes(b"*.tmp\r\n\xff\r\n")
    mend(root)
    text = (root / ".gitignore").read_bytes()
    assert text.startswith(b"*.tmp\r\n\xff\r\n# ") and text.count(b"\n") == text.count(b"\r\n")
    assert broken(root) == []


def test_what_is_only_in_the_index_is_not_given_up(root: Path) -> None:
    """Staged, then changed: the staged content is nowhere else."""
    write_files(root, {"build/a.txt": "staged"})
    git(root, "add", "--force", "build")
    write_files(root, {"build/a.txt": "changed"})
    (told,) = mend(root)
    assert told.message.startswith("not mended: git rm failed")
    assert git(root, "show", ":build/a.txt") == "staged"


def test_a_line_that_lets_in_again_loses_against_the_new_ones(root: Path) -> None:
    with (root / ".gitignore").open("a") as file:
        file.write("!/build/\n")
    (told,) = mend(root)
    assert told.message == "leaves out /build/" and broken(root) == []


def test_an_ignore_file_that_is_a_link_is_left_alone(root: Path, tmp_path: Path) -> None:
    (tmp_path / "ignored").write_text("")
    (root / ".gitignore").unlink()
    (root / ".gitignore").symlink_to(tmp_path / "ignored")
    assert any("is a link" in told.message for told in mend(root))
    assert (tmp_path / "ignored").read_text() == ""


def test_generated_code_without_its_source_is_not_taken_out(root: Path) -> None:
    write_files(root, {"shop/a_pb2.py": ""})
    git(root, "add", "--force", ".")
    mend(root)
    assert ("generated-code", "shop/a_pb2.py") in broken(root)
