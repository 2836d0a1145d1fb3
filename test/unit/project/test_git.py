"""git: a folder in, what git knows about it out."""

import os
import subprocess
from pathlib import Path

import pytest

from bigflow.project.git import GitError, NoRepository, Repository, open_repository


def opened(folder: Path) -> Repository:
    repository = open_repository(str(folder))
    assert isinstance(repository, Repository), repository
    return repository


def refused(folder: Path) -> NoRepository:
    repository = open_repository(str(folder))
    assert isinstance(repository, NoRepository)
    return repository


def test_a_commit_is_told_with_its_tree_and_time(sandbox, monkeypatch) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", "1700000000 +0300")
    head = sandbox.commit()
    commit = opened(sandbox.folder).commit()
    assert commit is not None
    assert (commit.hash, commit.tree, commit.time) == (head, sandbox.git("rev-parse", "HEAD^{tree}"), 1700000000)


@pytest.mark.parametrize("revision", ["gone", "", "--all", "-x", "HEAD~5", "HEAD:shop", "a b", "HEAD..HEAD"])
def test_a_revision_that_names_no_commit(sandbox, revision: str) -> None:
    sandbox.commit()
    assert opened(sandbox.folder).commit(revision) is None


def test_before_the_first_commit(sandbox) -> None:
    assert opened(sandbox.folder).commit() is None


def test_no_repository(tmp_path: Path) -> None:
    assert "not in a git repository" in refused(tmp_path).reason


def test_no_git(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refused(tmp_path).reason == "git is not installed"


def test_a_bare_repository_has_no_files_to_build(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--bare", "-q", str(tmp_path)], check=True)
    assert "work tree" in refused(tmp_path).reason


def test_a_damaged_repository_is_named_so(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /gone\n")
    assert refused(tmp_path).reason


def test_a_repository_of_another_user_says_how_to_trust_it(sandbox, monkeypatch) -> None:
    sandbox.commit("projects/shop/__init__.py")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    problem = refused(sandbox.folder / "projects" / "shop")
    assert "another user" in problem.reason
    assert problem.hint == f"git config --global --add safe.directory {sandbox.folder}"
    subprocess.run(problem.hint.split(), check=True)
    assert opened(sandbox.folder).commit() is not None


def test_git_speaks_english_to_us_whatever_the_user_reads(tmp_path: Path, monkeypatch) -> None:
    git = tmp_path / "git"
    git.write_text('#!/bin/sh\necho "fatal: in $LC_ALL" >&2\nexit 128\n')
    git.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert refused(tmp_path).reason == "git cannot read the repository: in C"


def test_variables_of_a_hook_do_not_lead_astray(sandbox, tmp_path: Path, monkeypatch) -> None:
    head = sandbox.commit()
    other = tmp_path / "other"
    subprocess.run(["git", "init", "-q", str(other)], check=True)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    monkeypatch.setenv("GIT_PREFIX", "sub/")
    repository = opened(sandbox.folder)
    commit = repository.commit()
    assert commit is not None
    assert commit.hash == head
    assert repository.work_tree() == commit.tree


def test_the_environment_may_trust_a_repository(sandbox, monkeypatch) -> None:
    sandbox.commit()
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "*")
    assert opened(sandbox.folder).commit() is not None


def test_tags_are_sorted_as_versions_and_others_left_out(sandbox) -> None:
    head = sandbox.commit()
    for tag in ("v1.10", "v1.9", "nightly", "2.0", "release-1.9.1", "v2.0rc1", "v2-final", "1!3.0"):
        sandbox.git("tag", tag)
    sandbox.git("tag", "-a", "v3.0", "-m", "annotated")
    at = opened(sandbox.folder).versions_at(head)
    assert [tag for tag, _ in at] == ["v1.9", "release-1.9.1", "v1.10", "v2.0rc1", "2.0", "v3.0"]
    assert [number.text for _, number in at][1] == "1.9.1"


def test_tags_of_other_branches_and_of_files_are_not_before_us(sandbox) -> None:
    sandbox.commit(tag="v1.0")
    sandbox.git("tag", "v7", "HEAD:shop/__init__.py")
    sandbox.git("switch", "-c", "side")
    sandbox.commit(text="side", tag="v9.0")
    sandbox.git("switch", "main")
    head = sandbox.commit(text="main")
    assert [tag for tag, _ in opened(sandbox.folder).versions_before(head)] == ["v1.0"]


def test_distance_counts_from_the_nearest_version_and_skips_other_tags(sandbox) -> None:
    sandbox.commit(text="1", tag="v1.0")
    sandbox.commit(text="2", tag="deploy-to-prod")
    sandbox.commit(text="3", tag="v1.1.dev4")
    head = sandbox.commit(text="4", tag="nightly")
    distance = opened(sandbox.folder).distance(head)
    assert distance is not None
    assert (distance.tag, distance.number.text, distance.commits) == ("v1.0", "1.0", 3)


def test_of_two_versions_on_one_commit_the_higher_counts_whoever_is_annotated(sandbox) -> None:
    sandbox.commit(text="1", tag="v1.0")
    sandbox.git("tag", "-a", "v1.0rc2", "-m", "the one that describe prefers")
    head = sandbox.commit(text="2")
    distance = opened(sandbox.folder).distance(head)
    assert distance is not None
    assert distance.tag == "v1.0"


def test_no_distance_without_a_version(sandbox) -> None:
    assert opened(sandbox.folder).distance(sandbox.commit(tag="nightly")) is None


@pytest.mark.parametrize("where", ["", "projects/shop"])
def test_the_work_tree_counts_all_of_the_repository_from_any_folder_of_it(sandbox, where: str) -> None:
    sandbox.write("projects/shop/a.py", "1")
    sandbox.commit("lib/b.py", "1")
    repository = opened(sandbox.folder / where)
    commit = repository.commit()
    assert commit is not None
    assert repository.work_tree() == commit.tree
    sandbox.write("lib/b.py", "2")
    assert repository.work_tree() != commit.tree
    sandbox.write("lib/b.py", "1")
    assert repository.work_tree() == commit.tree


def test_staged_changed_and_removed_files_count_and_untracked_ones_when_given(sandbox) -> None:
    sandbox.write("shop/gone.py")
    sandbox.commit()
    repository = opened(sandbox.folder)
    seen = {repository.work_tree()}
    sandbox.write("shop/staged.py", "x")
    assert repository.work_tree() in seen
    for change in ("git add shop/staged.py", "rm shop/gone.py", "chmod +x shop/__init__.py", "ln -sf a shop/staged.py"):
        subprocess.run(change.split(), cwd=sandbox.folder, check=True)
        tree = repository.work_tree()
        assert tree not in seen, change
        seen.add(tree)
    sandbox.write("shop/new.py", "x")
    assert repository.work_tree(["shop/new.py"]) not in seen


def test_the_hash_is_that_of_the_commit_that_would_be_made(sandbox) -> None:
    sandbox.commit()
    sandbox.write("shop/__init__.py", "changed")
    sandbox.write("shop/né w.py", "new")
    repository = opened(sandbox.folder)
    told = repository.work_tree(repository.untracked(["shop"]))
    sandbox.commit("shop/__init__.py", "changed")
    assert told == sandbox.git("rev-parse", "HEAD^{tree}")


def test_nothing_of_the_repository_is_written(sandbox) -> None:
    sandbox.commit()
    sandbox.write("shop/__init__.py", "changed")
    sandbox.write("shop/new.py", "new")

    def state() -> dict[str, tuple[int, int]]:
        files = (sandbox.folder / ".git").rglob("*")
        return {str(file): (file.stat().st_mtime_ns, file.stat().st_size) for file in files}

    before = state()
    repository = opened(sandbox.folder)
    repository.work_tree(repository.untracked(["shop"]))
    repository.distance(repository.commit().hash)  # type: ignore[union-attr]
    assert state() == before


def test_a_half_merged_index_is_read_as_the_files_lie_there(sandbox) -> None:
    sandbox.commit(text="base")
    sandbox.git("switch", "-c", "side")
    sandbox.commit(text="side")
    sandbox.git("switch", "main")
    sandbox.commit(text="main")
    subprocess.run(["git", "merge", "side"], cwd=sandbox.folder, capture_output=True)
    assert "UU" in sandbox.git("status", "--porcelain")
    assert opened(sandbox.folder).work_tree() != sandbox.git("rev-parse", "HEAD^{tree}")


def test_untracked_files_but_not_ignored_ones_nor_other_folders(sandbox) -> None:
    sandbox.write("project/.gitignore", "*.tmp\n__pycache__/\n")
    sandbox.commit("project/shop/__init__.py")
    for name in (
        "shop/b.py",
        "shop/deep/a.py",
        "shop/x.tmp",
        "shop/__pycache__/a.pyc",
        "notes.py",
        "resources/é\n.csv",
    ):
        sandbox.write(f"project/{name}")
    repository = opened(sandbox.folder / "project")
    assert repository.untracked(["shop", "resources", "gone"]) == ("resources/é\n.csv", "shop/b.py", "shop/deep/a.py")


def test_a_folder_whose_name_is_a_pattern_is_only_itself(sandbox) -> None:
    sandbox.commit()
    sandbox.write("a*/x.py")
    sandbox.write("ab/x.py")
    assert opened(sandbox.folder).untracked(["a*"]) == ("a*/x.py",)


def test_a_repository_within_the_package_is_not_one_of_its_files(sandbox) -> None:
    sandbox.commit()
    subprocess.run(["git", "init", "-q", str(sandbox.folder / "shop" / "inner")], check=True)
    sandbox.write("shop/inner/a.py")
    assert opened(sandbox.folder).untracked(["shop"]) == ()


def test_a_second_work_tree_and_a_submodule_are_repositories_like_others(sandbox, tmp_path: Path) -> None:
    head = sandbox.commit()
    sandbox.git("worktree", "add", "-b", "other", str(tmp_path / "second"))
    (tmp_path / "second" / "shop" / "__init__.py").write_text("changed")
    second = opened(tmp_path / "second")
    commit = second.commit()
    assert commit is not None
    assert commit.hash == head
    assert second.work_tree() != commit.tree
    outer = tmp_path / "outer"
    subprocess.run(["git", "init", "-q", str(outer)], check=True)
    adding = ["git", "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(sandbox.folder), "inner"]
    subprocess.run(adding, cwd=outer, check=True)
    inner = opened(outer / "inner")
    assert inner.work_tree() == commit.tree


def test_a_detached_head_and_a_shallow_clone(sandbox, tmp_path: Path) -> None:
    sandbox.commit(text="1", tag="v1.0")
    head = sandbox.commit(text="2")
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{sandbox.folder}", str(tmp_path / "s")], check=True)
    shallow = opened(tmp_path / "s")
    assert shallow.shallow
    assert shallow.distance(head) is None
    assert not opened(sandbox.folder).shallow
    sandbox.git("checkout", "--detach", "HEAD~1")
    assert opened(sandbox.folder).distance("HEAD").commits == 0  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["a:b", '"c"', 'a:b "c" \\ é', "-x"])
def test_the_path_of_a_repository_may_be_odd(sandbox, tmp_path: Path, name: str) -> None:
    sandbox.write("shop/kept.py", "kept")
    sandbox.commit()
    odd = tmp_path / name
    os.rename(sandbox.folder, odd)
    repository = opened(odd)
    (odd / "shop" / "__init__.py").write_text("changed")
    assert repository.work_tree() != repository.commit().tree  # type: ignore[union-attr]


def test_a_signed_commit_is_read_without_its_signature(sandbox) -> None:
    gpg = sandbox.write(
        "../gpg",
        "#!/bin/sh\necho '[GNUPG:] SIG_CREATED ' >&2; echo 'gpg: Good signature' >&2; cat > /dev/null\n"
        "echo '-----BEGIN PGP SIGNATURE-----'; echo; echo x; echo '-----END PGP SIGNATURE-----'\n",
    )
    gpg.chmod(0o755)
    for name, value in (("gpg.program", str(gpg)), ("commit.gpgSign", "true"), ("log.showSignature", "true")):
        sandbox.git("config", name, value)
    head = sandbox.commit()
    assert "Good signature" in sandbox.git("log", "-1")
    commit = opened(sandbox.folder).commit()
    assert commit is not None
    assert commit.hash == head


def test_users_settings_do_not_change_what_is_read(sandbox) -> None:
    sandbox.commit(tag="v1.0")
    sandbox.git("config", "log.showSignature", "true")
    sandbox.git("config", "tag.sort", "-creatordate")
    sandbox.git("config", "core.quotepath", "true")
    sandbox.git("config", "core.fsmonitor", "touch hooked; false")
    sandbox.git("config", "color.ui", "always")
    repository = opened(sandbox.folder)
    commit = repository.commit()
    assert commit is not None
    assert repository.versions_at(commit.hash)[0][0] == "v1.0"
    assert repository.work_tree() == commit.tree
    assert not (sandbox.folder / "hooked").exists()


def test_the_origin(sandbox) -> None:
    assert opened(sandbox.folder).origin() is None
    sandbox.git("remote", "add", "origin", "git@example.com:team/shop.git")
    assert opened(sandbox.folder).origin() == "git@example.com:team/shop.git"


def test_a_failure_of_git_is_told_in_its_words(sandbox) -> None:
    sandbox.commit()
    with pytest.raises(GitError, match=r"git update-index failed: .*gone\.py"):
        opened(sandbox.folder).work_tree(["shop/gone.py/x"])
