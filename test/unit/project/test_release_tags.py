"""A release: a tag here and at origin, or nothing anywhere."""

import subprocess
from pathlib import Path

import pytest

from bigflow.errors import OutsideError, UsageError
from bigflow.project.git import PushFailed
from bigflow.project.release import Release, Wish, release
from bigflow.project.spec import read_spec


@pytest.fixture
def shop(sandbox):
    """A project with one commit, and an origin beside it."""
    sandbox.write("pyproject.toml", '[tool.bigflow]\nname = "shop"\n')
    sandbox.commit(tag="v1.2")
    sandbox.commit(text="# second")
    sandbox.git("init", "--bare", "--quiet", "../origin with blanks.git")
    sandbox.git("remote", "add", "origin", "../origin with blanks.git")
    return sandbox


def released(shop, **wish: object) -> Release:
    return release(read_spec(str(shop.folder)), Wish(**wish))  # type: ignore[arg-type]


def refused(shop, **wish: object) -> UsageError:
    tags, pushed = shop.git("tag"), at_origin(shop)
    with pytest.raises(UsageError) as error:
        released(shop, **wish)
    assert (shop.git("tag"), at_origin(shop)) == (tags, pushed)
    return error.value


def at_origin(shop) -> list[str]:
    if not shop.git("remote"):
        return []
    return [line.split("/")[-1] for line in shop.git("ls-remote", "--tags", "--refs", "origin").splitlines()]


def test_the_tag_is_here_and_at_origin(shop) -> None:
    made = released(shop)
    assert (made.version, made.tag, made.before, made.notices) == ("1.3", "v1.3", "1.2", ())
    assert made.pushed_to == "../origin with blanks.git"
    assert shop.git("describe", "--exact-match") == "v1.3"
    assert shop.git("cat-file", "-t", "v1.3") == "tag"
    assert at_origin(shop) == ["v1.3"]


def test_only_the_tag_is_pushed(shop) -> None:
    released(shop)
    assert "refs/heads" not in shop.git("ls-remote", "origin")


def test_the_undo_undoes_it(shop) -> None:
    made = released(shop)
    subprocess.run(made.undo, shell=True, cwd=shop.folder, check=True, capture_output=True)
    assert (shop.git("tag"), at_origin(shop)) == ("v1.2", [])


def test_the_undo_of_what_was_not_pushed(shop) -> None:
    made = released(shop, push=False)
    assert (made.pushed_to, at_origin(shop)) == (None, [])
    subprocess.run(made.undo, shell=True, cwd=shop.folder, check=True, capture_output=True)
    assert shop.git("tag") == "v1.2"


def test_without_an_origin_it_is_tagged_and_told(shop) -> None:
    shop.git("remote", "remove", "origin")
    made = released(shop)
    assert made.pushed_to is None
    assert "nothing was pushed" in made.notices[0].message
    assert "v1.3" in shop.git("tag")


def test_the_first_version(sandbox) -> None:
    sandbox.write("pyproject.toml", '[tool.bigflow]\nname = "shop"\n')
    sandbox.commit()
    made = released(sandbox)
    assert (made.version, made.before) == ("0.1", None)


def test_a_second_version_of_the_same_commit_is_told(shop) -> None:
    released(shop)
    assert "this very commit is 1.3, too" in released(shop).notices[0].message


def test_changes_of_tracked_files_are_refused(shop) -> None:
    shop.write("shop/__init__.py", "changed")
    assert "changes that are not committed" in refused(shop).message


def test_files_that_would_be_packaged_and_are_not_tracked_are_refused(shop) -> None:
    shop.write("resources/new.sql", "select 1")
    assert "resources/new.sql" in refused(shop).message


def test_other_files_that_are_not_tracked_do_not_matter(shop) -> None:
    shop.write("notes.txt", "mine")
    assert released(shop).version == "1.3"


def test_a_shallow_clone_is_refused(shop) -> None:
    shop.git("push", "--quiet", "origin", "HEAD:refs/heads/main", "v1.2")
    clone = shop.folder.parent / "clone"
    shop.git("clone", "--quiet", "--depth", "1", f"file://{shop.folder.parent / 'origin with blanks.git'}", str(clone))
    shop.folder = clone
    assert "git fetch --unshallow --tags" in refused(shop).hint


def test_a_version_that_is_tagged_on_another_branch_is_refused(shop) -> None:
    shop.git("checkout", "--quiet", "-b", "other")
    shop.commit(text="# other", tag="1.3.0")
    shop.git("checkout", "--quiet", "main")
    assert "exists already: it is the tag 1.3.0" in refused(shop).message
    assert released(shop, version="1.4").tag == "v1.4"


def test_a_version_that_is_written_down_is_refused(shop) -> None:
    shop.commit("pyproject.toml", '[tool.bigflow]\nname = "shop"\nversion = "7.1"\n')
    error = refused(shop)
    assert error.where == "pyproject.toml:3"
    assert "7.1" in error.message


def test_before_the_first_commit(sandbox) -> None:
    sandbox.write("pyproject.toml", '[tool.bigflow]\nname = "shop"\n')
    sandbox.write("shop/__init__.py")
    assert "no commit yet" in refused(sandbox).message


def test_outside_of_a_repository(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    (tmp_path / "pyproject.toml").write_text('[tool.bigflow]\nname = "shop"\n')
    with pytest.raises(UsageError, match="not in a git repository"):
        release(read_spec(str(tmp_path)), Wish())


def test_a_push_that_fails_leaves_no_tag(shop) -> None:
    shop.git("remote", "set-url", "origin", "../gone.git")
    with pytest.raises(PushFailed, match="taken away again") as failed:
        released(shop)
    assert isinstance(failed.value, OutsideError)
    assert failed.value.where == "../gone.git"
    assert shop.git("tag") == "v1.2"


def test_a_tag_that_origin_has_and_we_have_not(shop) -> None:
    shop.git("push", "--quiet", "origin", "v1.2:refs/tags/v1.3")
    with pytest.raises(PushFailed, match="already exists"):
        released(shop)
    assert shop.git("tag") == "v1.2"


def test_passwords_are_not_told(shop) -> None:
    shop.git("remote", "set-url", "origin", "http://ada:geheim@127.0.0.1:1/shop.git")
    with pytest.raises(PushFailed) as failed:
        released(shop)
    told = f"{failed.value.message} {failed.value.where} {failed.value.hint}"
    assert "127.0.0.1:1/shop.git" in told
    assert "geheim" not in told


def test_the_key_for_ssh_is_handed_over_whatever_its_name(shop, tmp_path: Path, monkeypatch) -> None:
    fake = tmp_path / "bin" / "ssh"
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > "$ARGUMENTS"\necho "Permission denied" >&2\nexit 255\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:/usr/local/bin:/usr/bin:/bin")
    monkeypatch.setenv("ARGUMENTS", str(tmp_path / "arguments"))
    shop.git("remote", "set-url", "origin", "ssh://git@example.com/shop.git")
    key = "/keys/the 'best' $(key)"
    with pytest.raises(PushFailed, match="Permission denied"):
        released(shop, identity_file=key)
    given = (tmp_path / "arguments").read_text().splitlines()
    assert given[given.index("-i") + 1] == key
    assert "git@example.com" in given
