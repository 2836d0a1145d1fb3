"""Which files a pattern means: against the standard library's own idea, and against everything that leads astray."""

import glob
import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigflow.builder.buildspec.patterns import Escapes, expression, find_files, relative

NAMES = ("a", "b", "ab", ".c", "a.py")
PATHS = list(NAMES) + [f"{one}/{two}" for one in ("d", "e") for two in NAMES] + ["d/f/a", "d/f/.c", "e/d/b"]
PARTS = st.sampled_from(["*", "**", "a", "d", "e", "f", "?", "a*", "*.py", "[ab]", "[!a]", ".c", ".*"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("files")
    for path in PATHS:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("")
    return root


@given(st.lists(PARTS, min_size=1, max_size=4).map("/".join))
@settings(max_examples=300, deadline=None)
def test_patterns_mean_what_glob_means(folder: Path, pattern: str) -> None:
    expected = {
        os.path.normpath(path)
        for path in glob.glob(pattern, root_dir=folder, recursive=True, include_hidden=True)
        if os.path.isfile(os.path.join(folder, path))
    }
    assert set(find_files(str(folder), [pattern]).files) == expected


@given(st.text(min_size=1, max_size=30))
def test_every_text_is_a_pattern(text: str) -> None:
    re.compile(expression(text))


@given(st.text(alphabet="abc/.-_", min_size=1))
def test_a_text_without_signs_means_itself(text: str) -> None:
    assert re.fullmatch(expression(text), text)


@pytest.mark.parametrize(
    ("pattern", "seen"),
    [
        ("./a", "a"),
        ("a//b", "a/b"),
        ("a/../b", "b"),
        ("/base/a", "a"),
        ("/base", None),
        ("/baseline/a", None),
        ("../a", None),
        ("a/../../b", None),
        ("*/../b", None),
        ("**/..", None),
        (".", ""),
        ("a/", "a"),
    ],
)
def test_patterns_as_seen_from_a_folder(pattern: str, seen: str | None) -> None:
    if seen is None:
        with pytest.raises(Escapes):
            relative(pattern, "/base")
    else:
        assert relative(pattern, "/base") == seen


def test_choices_in_braces(folder: Path) -> None:
    assert find_files(str(folder), ["d/{a,b,nope}"]).files == ("d/a", "d/b")


def test_git_is_meant_by_those_who_name_it(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("")
    (tmp_path / ".gitignore").write_text("")
    assert find_files(str(tmp_path), ["**/*"]).files == (".gitignore",)
    assert find_files(str(tmp_path), [".git/**/*"]).files == (".git/HEAD",)


def test_what_is_no_file_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_text("")
    assert find_files(str(tmp_path), ["*"]).files == ("file",)
