"""version: what git and the files say in, the version of a build out."""

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.errors import UsageError
from bigflow.project import pep440
from bigflow.project.spec import ProjectSpec, read_spec
from bigflow.project.version import Facts, Version, commit_version, compose, dag_version, image_tag, project_version

HASHES = st.text("0123456789abcdef", min_size=40, max_size=40)
TAGS = st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}((a|b|rc|\.post)[0-9]{1,2})?", fullmatch=True)


def spec_of(root: Path, extra: str = "") -> ProjectSpec:
    (root / "shop").mkdir(exist_ok=True)
    (root / "shop" / "__init__.py").touch()
    (root / "pyproject.toml").write_text(f'[tool.bigflow]\nname = "shop"\n{extra}')
    return read_spec(str(root))


@pytest.fixture
def repository(sandbox):
    """A project that is committed."""
    spec_of(sandbox.folder)
    sandbox.commit()
    return sandbox


def version(sandbox) -> Version:
    return project_version(str(sandbox.folder), read_spec(str(sandbox.folder)))


COMMIT, TREE = "0123456789abcdef" * 3, "fedcba9876543210" * 3


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(COMMIT, "1.2"), "1.2"),
        (Facts(COMMIT, "1.2", 3), "1.2.dev3+g01234567"),
        (Facts(COMMIT, "1.2", 3, TREE), "1.2.dev3+g01234567.tfedcba98"),
        (Facts(COMMIT, "1.2", 0, TREE), "1.2.dev0+g01234567.tfedcba98"),
        (Facts(COMMIT), "0+g0123456789ab"),
        (Facts(COMMIT, changed_tree=TREE), "0+g0123456789ab.tfedcba98"),
    ],
)
def test_the_forms(facts: Facts, expected: str) -> None:
    assert compose(facts) == expected


@given(st.builds(Facts, HASHES, st.none() | TAGS, st.integers(0, 5000), st.none() | HASHES))
def test_every_version_is_valid_and_fits_where_it_is_used(facts: Facts) -> None:
    value = compose(facts)
    assert pep440.parse(value) is not None
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", image_tag(value))
    assert re.fullmatch(r"[A-Za-z0-9_]+", dag_version(value))


@given(TAGS, st.integers(1, 50), st.integers(0, 50), HASHES)
def test_later_builds_after_a_tag_are_higher_versions(tag: str, distance: int, more: int, commit: str) -> None:
    low, high = (pep440.parse(compose(Facts(commit, tag, n))) for n in (distance, distance + more + 1))
    assert low is not None
    assert high is not None
    assert low.key < high.key


def test_one_character_a_kind() -> None:
    assert image_tag("1.2.dev3+g0.t1") == "1.2.dev3-g0.t1"
    assert dag_version("1.2-rc.dev3+g0.t1") == "1_2_rc_dev3_g0_t1"


def test_a_tagged_commit(repository) -> None:
    repository.git("tag", "release/v1.2.0")
    assert version(repository) == Version("1.2.0", "tag release/v1.2.0")


def test_commits_after_a_tag(repository) -> None:
    repository.git("tag", "v1.2.0")
    head = repository.commit(text="1")
    assert version(repository) == Version(f"1.2.0.dev1+g{head[:8]}", "1 commit after tag v1.2.0")
    repository.commit(text="2")
    assert version(repository).explanation == "2 commits after tag v1.2.0"


def test_no_tag_or_none_that_is_a_version(repository) -> None:
    repository.git("tag", "nightly")
    told = version(repository)
    assert told.value == f"0+g{repository.git('rev-parse', 'HEAD')[:12]}"
    assert told.hint == "git tag v0.1.0"


@pytest.mark.parametrize("tag", ["v1.2.0", None])
def test_a_tracked_change_and_an_untracked_file_that_would_be_packaged(repository, tag: str | None) -> None:
    if tag:
        repository.git("tag", tag)
    clean = version(repository)
    seen = {clean.value}
    for path in ("shop/__init__.py", "shop/new.py", "resources/new/query.sql"):
        file = repository.write(path, "x = 1")
        told = version(repository)
        assert told.value not in seen
        assert re.search(r"\+g[0-9a-f]{8,12}\.t[0-9a-f]{8}$", told.value)
        assert "not committed" in told.explanation
        seen.add(told.value)
        file.write_text("x = 2")
        assert version(repository).value not in seen
        repository.git("checkout", "--", ".")
        repository.git("clean", "-fdq")
        assert version(repository) == clean


def test_the_same_change_has_the_same_version_whether_added_or_not(repository) -> None:
    repository.write("shop/new.py", "x = 1")
    untracked = version(repository)
    assert "shop/new.py" in untracked.explanation
    repository.git("add", "shop/new.py")
    assert version(repository).value == untracked.value


def test_files_that_are_not_packaged_and_ignored_ones_change_nothing(repository) -> None:
    repository.commit(".gitignore", "*.log\n")
    clean = version(repository)
    for path in ("notes.py", "build/x", "shop/run.log"):
        repository.write(path, "x")
    assert version(repository) == clean


def test_a_touched_file_is_not_a_changed_one(repository) -> None:
    clean = version(repository)
    subprocess.run(["touch", "-d", "2001-01-01", str(repository.folder / "shop" / "__init__.py")], check=True)
    assert version(repository) == clean


def test_a_dev_tag_names_its_commit_but_nothing_is_counted_from_it(repository) -> None:
    repository.git("tag", "v1.3.dev1")
    assert version(repository).value == "1.3.dev1"
    repository.write("shop/__init__.py", "x = 1")
    assert version(repository).value.startswith("0+g")


def test_the_highest_of_several_tags(repository) -> None:
    for tag in ("v1.9", "v1.10", "v1.10rc1"):
        repository.git("tag", tag)
    assert version(repository).value == "1.10"


def test_a_project_in_a_folder_of_a_repository(sandbox) -> None:
    project = sandbox.folder / "teams" / "shop"
    project.mkdir(parents=True)
    spec = spec_of(project)
    sandbox.commit("other.py", tag="v1.0")
    assert project_version(str(project), spec).value == "1.0"
    (project / "shop" / "new.py").write_text("x = 1")
    assert project_version(str(project), spec).value.startswith("1.0.dev0+g")


def test_a_shallow_clone_says_how_to_get_the_tags(repository, tmp_path: Path) -> None:
    repository.git("tag", "v1.0")
    repository.commit(text="later")
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{repository.folder}", str(tmp_path / "s")], check=True)
    told = project_version(str(tmp_path / "s"), read_spec(str(tmp_path / "s")))
    assert told.value.startswith("0+g")
    assert "shallow" in told.explanation
    assert "--unshallow" in told.hint


def test_without_git_the_files_make_the_version(tmp_path: Path) -> None:
    spec = spec_of(tmp_path)
    root = str(tmp_path)
    told = project_version(root, spec)
    assert re.fullmatch(r"0\+nogit\.[0-9a-f]{12}", told.value)
    assert pep440.parse(told.value)
    assert told.hint
    (tmp_path / "shop" / "__pycache__").mkdir()
    (tmp_path / "shop" / "__pycache__" / "x.py").write_text("")
    (tmp_path / "shop" / "x.pyc").write_text("")
    (tmp_path / "notes.py").write_text("")
    assert project_version(root, spec) == told
    seen = {told.value}
    for path, text in (("shop/a", "bc"), ("shop/a", "b"), ("shop/ab", "c"), ("resources/x", "")):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
        changed = project_version(root, spec).value
        assert changed not in seen
        seen.add(changed)


def test_two_files_are_not_one_that_looks_like_both(tmp_path: Path) -> None:
    spec = spec_of(tmp_path)
    (tmp_path / "shop" / "a").write_text("X")
    (tmp_path / "shop" / "b").write_text("Y")
    two = project_version(str(tmp_path), spec)
    (tmp_path / "shop" / "b").unlink()
    (tmp_path / "shop" / "a").write_text("Xshop/b\0Y")
    assert project_version(str(tmp_path), spec) != two


def test_a_repository_without_a_commit_is_like_none(sandbox) -> None:
    spec_of(sandbox.folder)
    told = version(sandbox)
    assert told.value.startswith("0+nogit.")
    assert "no commit" in told.explanation


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    spec = spec_of(tmp_path)
    (tmp_path / "shop" / "broken.py").symlink_to("nowhere")
    with pytest.raises(UsageError, match=r"broken\.py"):
        project_version(str(tmp_path), spec)


def test_a_version_that_the_project_writes_wins(repository) -> None:
    repository.git("tag", "v1.0")
    spec = spec_of(repository.folder, 'version = "7.1"\n')
    assert project_version(str(repository.folder), spec) == Version("7.1", "as pyproject.toml:3 says")


def test_the_version_of_a_commit_knows_nothing_of_later_changes(repository) -> None:
    repository.git("tag", "v1.0")
    first = repository.commit(text="1")
    repository.commit(text="2", tag="v2.0")
    repository.write("shop/__init__.py", "changed")
    told = commit_version(str(repository.folder), first[:10])
    assert told == Version(f"1.0.dev1+g{first[:8]}", "1 commit after tag v1.0")
    assert commit_version(str(repository.folder), "HEAD").value == "2.0"


def test_a_commit_that_is_not_there(repository, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'gone': there is no such commit"):
        commit_version(str(repository.folder), "gone")
    with pytest.raises(UsageError, match="not in a git repository"):
        commit_version(str(tmp_path), "HEAD")
