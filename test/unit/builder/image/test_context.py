"""The build context: .dockerignore as Docker reads it, what no line of it brings in, and what no line keeps out."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.builder.image.context import Context, read_context, stage, wheels_for
from bigflow.builder.image.ignoring import read_rules
from bigflow.errors import UsageError


def project(root: Path, *files: str, ignore: str = "") -> Path:
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file)
    if ignore:
        (root / ".dockerignore").write_text(ignore)
    return root


def files(root: Path) -> list[str]:
    return [path for path in read_context(str(root)).files if path != ".dockerignore"]


@pytest.mark.parametrize(
    ("pattern", "out", "stays"),
    [
        ("a.txt", ["a.txt", "a.txt/below"], ["b/a.txt", "aXtxt"]),
        ("/a.txt", ["a.txt"], ["b/a.txt"]),
        ("./a//b/", ["a/b", "a/b/c"], ["a", "a/bc"]),
        ("*.txt", ["a.txt"], ["b/a.txt"]),
        ("*/*.txt", ["b/a.txt"], ["a.txt", "c/b/a.txt"]),
        ("**/*.txt", ["a.txt", "b/a.txt", "c/b/a.txt"], ["a.txtx"]),
        ("a/**", ["a/b", "a/b/c"], ["a", "ab"]),
        ("a/**/z", ["a/z", "a/b/z", "a/b/c/z"], ["az", "z"]),
        ("a**z", ["az", "ab/z"], ["b/az"]),
        ("**", ["a", "a/b"], []),
        ("a?c", ["abc"], ["a/c", "ac"]),
        ("[a-c]x", ["ax", "cx/below"], ["dx", "-x"]),
        ("[^a]x", ["bx"], ["ax"]),
        ("[[]x", ["[x"], ["x"]),
        (r"\*x", ["*x"], ["ax"]),
        (r"a\.b", ["a.b"], ["axb"]),
        ("a+(b)|c{1}$", ["a+(b)|c{1}$"], ["ab", "c"]),
        ("# no comment", [], ["# no comment"]),
        (" # a name", ["# a name"], []),
        ("  spaced  ", ["spaced"], ["  spaced  "]),
        (".", [], ["a", ".git"]),
        ("../a", [], ["a"]),
        ("é", ["é"], ["e"]),
    ],
)
def test_what_a_line_means(pattern: str, out: list[str], stays: list[str]) -> None:
    rules = read_rules(pattern, ".dockerignore")
    assert [path for path in (*out, *stays) if rules.leave_out(path)] == out


@pytest.mark.parametrize(
    ("lines", "out", "stays"),
    [
        ("*\n!a", ["b"], ["a", "a/b"]),
        ("!a\n*", ["a", "b"], []),
        ("*\n!a/b", ["a", "a/c"], ["a/b", "a/b/c"]),
        ("*.md\n!README*.md\nREADME-secret.md", ["x.md", "README-secret.md"], ["README.md"]),
        ("a\n!a\na", ["a"], []),
        ("\ufeffa\r\n\r\n! b \r\nb", ["a", "b"], []),
    ],
)
def test_the_last_line_that_concerns_a_path_decides(lines: str, out: list[str], stays: list[str]) -> None:
    rules = read_rules(lines, ".dockerignore")
    assert [path for path in (*out, *stays) if rules.leave_out(path)] == out


@pytest.mark.parametrize("line", ["[", "a/[b", "!", "a\\", "[z-a]", "[]"])
def test_a_line_that_is_no_pattern(line: str) -> None:
    with pytest.raises(UsageError, match="is no pattern") as caught:
        read_rules(f"fine\n{line}\n", ".dockerignore")
    assert caught.value.where == ".dockerignore:2"


NAMES = st.from_regex(r"[a-c.]{1,3}", fullmatch=True).filter(lambda name: name not in (".", ".."))
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


@given(PATHS, PATHS)
def test_a_plain_name_leaves_out_itself_and_what_is_below(name: str, path: str) -> None:
    below = path == name or path.startswith(f"{name}/")
    assert read_rules(name, "").leave_out(path) is below


@given(st.lists(st.sampled_from(["a", "b", "a/b", "**/b", "*", "!a", "!**/b", "a*", "!a/b/c"])), PATHS)
def test_a_line_and_its_opposite_at_the_end_leave_the_path_in(lines: list[str], path: str) -> None:
    text = "\n".join([*lines, path])
    assert read_rules(text, "").leave_out(path)
    assert not read_rules(f"{text}\n!{path}", "").leave_out(path)


@given(st.text(alphabet="ab*?[]^!\\/.-&|~ #", max_size=8), PATHS)
def test_any_line_is_understood_or_refused_in_our_words(line: str, path: str) -> None:
    try:
        read_rules(line, "").leave_out(path)
    except UsageError as error:
        assert "is no pattern" in error.message


def test_what_builds_and_runs_leave_is_never_in_it(tmp_path: Path) -> None:
    ours = (".git/HEAD", ".venv/pyvenv.cfg", ".bigflow/x", ".image/index.json", ".dags/a.py", "build/report.html")
    caches = ("dist/old.whl", "build_output/x", "shop/__pycache__/a.pyc", "a.pyc", ".mypy_cache/x", "x.egg-info/PKG")
    kept = ("Dockerfile", "shop/a.py", "shop/build/b.py", "shop/dist/c.py")
    root = project(tmp_path, *ours, *caches, *kept, ignore="!.git\n!**/.venv\n!build\n!dist\n!**/*.pyc\n")
    assert files(root) == sorted(kept)


def test_secrets_of_local_runs_are_left_out_unless_a_line_wants_one(tmp_path: Path) -> None:
    root = project(tmp_path, ".env.prod", ".env.example", "a.py")
    assert files(root) == ["a.py"]
    assert files(project(root, ignore="!.env.example\n")) == [".env.example", "a.py"]


def test_what_is_let_in_again_from_a_folder_that_is_left_out(tmp_path: Path) -> None:
    root = project(tmp_path, "data/big.csv", "data/small/one.csv", "a.py", ignore="data\n!**/one.csv\n")
    context = read_context(str(root))
    assert files(root) == ["a.py", "data/small/one.csv"]
    assert context.folders == ()
    stage(context, (), str(tmp_path / "staged"))
    assert (tmp_path / "staged/data/small/one.csv").read_text() == "data/small/one.csv"


def test_the_rules_of_the_dockerfile_itself_come_before_the_general_ones(tmp_path: Path) -> None:
    root = project(tmp_path, "a.py", "b.py", ignore="a.py\n")
    (root / "Dockerfile.dockerignore").write_text("b.py\n")
    assert files(root) == ["Dockerfile.dockerignore", "a.py"]


def staged(root: Path, context: Context, *wheels: str) -> Path:
    place = root.parent / "staged"
    stage(context, wheels_for(*wheels), str(place))
    return place


def test_the_wheels_are_in_dist_even_where_dist_is_ignored(tmp_path: Path) -> None:
    wheels = ("dist/shop-1-py3-none-any.whl", "build/runtime/bigflow_runtime.whl")
    root = project(tmp_path / "p", *wheels, "dist/older.whl", "a.py", ignore="dist\n*.whl\nbuild\n")
    place = staged(root, read_context(str(root)), *wheels)
    assert sorted(os.listdir(place)) == ["a.py", "dist"]  # no .dockerignore: the engine would obey it once more
    assert sorted(os.listdir(place / "dist")) == ["bigflow_runtime.whl", "shop-1-py3-none-any.whl"]


def test_links_modes_and_empty_folders_are_as_they_were(tmp_path: Path) -> None:
    root = project(tmp_path / "p", "bin/run.sh", "shop/a.py")
    (root / "bin/run.sh").chmod(0o755)
    (root / "empty").mkdir(mode=0o700)
    (root / "shop/link").symlink_to("a.py")
    os.mkfifo(root / "pipe")
    place = staged(root, read_context(str(root)))
    assert os.access(place / "bin/run.sh", os.X_OK)
    assert (place / "empty").stat().st_mode & 0o777 == 0o700
    assert os.readlink(place / "shop/link") == "a.py"
    assert not (place / "pipe").exists()


def test_a_link_out_of_the_project_is_told(tmp_path: Path) -> None:
    root = project(tmp_path / "p", "a.py")
    (tmp_path / "outside").write_text("secret")
    (root / "link").symlink_to("../outside")
    (root / "fine").symlink_to("a.py")
    context = read_context(str(root))
    (warning,) = context.warnings
    assert warning.where == "link"
    assert "../outside" in warning.message
    assert os.path.islink(staged(root, context) / "link")


def test_a_file_of_two_gigabytes_is_told_and_not_copied(tmp_path: Path) -> None:
    root = project(tmp_path / "p", "a.py")
    with open(root / "big.bin", "wb") as file:
        file.truncate(2 << 30)
    context = read_context(str(root))
    (warning,) = context.warnings
    assert re.search(r"2\.1 GB: big\.bin", warning.message)
    place = staged(root, context)
    assert (place / "big.bin").stat().st_ino == (root / "big.bin").stat().st_ino


def test_a_dockerignore_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").mkdir()
    with pytest.raises(UsageError, match=r"\.dockerignore cannot be read"):
        read_context(str(tmp_path))
