"""Files that are there whole, or not at all."""

import multiprocessing
import os
import threading
from pathlib import Path

import pytest

from bigflow._files import files_below, locked, new_numbered_folder, replace_folder, sha256_of, write_atomically
from bigflow.errors import OutsideError


def test_what_was_written_is_there_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "new" / "file.txt"
    write_atomically(str(target), "first")
    write_atomically(str(target), b"second")
    assert target.read_text() == "second"
    assert [path.name for path in target.parent.iterdir()] == ["file.txt"]
    assert target.stat().st_mode & 0o777 == 0o644


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "inside").write_text("kept")
    with pytest.raises(OutsideError, match=r"cannot write .*taken"):
        write_atomically(str(taken), "text")
    assert (taken / "inside").read_text() == "kept"
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_a_folder_takes_the_place_of_another(tmp_path: Path) -> None:
    place, made = tmp_path / "place", tmp_path / "made"
    for folder, name in ((place, "old"), (made, "new")):
        folder.mkdir()
        (folder / name).write_text(name)
    replace_folder(str(made), str(place))
    assert [path.name for path in place.iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["place"]


def test_files_are_listed_by_name_without_what_python_caches(tmp_path: Path) -> None:
    for name in ("b.py", "a/z.py", "a/b/c.txt", "__pycache__/x.pyc", "a/__pycache__/y.pyc", "old.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert list(files_below(str(tmp_path))) == ["b.py", "loop", "a/z.py", "a/b/c.txt"]


def test_two_never_get_one_number(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "lock").write_text("")
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.extend(new_numbered_folder(str(tmp_path))[0] for _ in range(20)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(8, 88))


def test_the_second_is_told_who_is_first_and_waits(tmp_path: Path) -> None:
    path = str(tmp_path / "state" / "lock")
    told: list[str] = []
    ready, go = threading.Event(), threading.Event()

    def first() -> None:
        with locked(path, told.append) as sign:
            sign("build 1, process 5")
            ready.set()
            go.wait(10)

    holder = threading.Thread(target=first)
    holder.start()
    assert ready.wait(10)

    def waiting(who: str) -> None:
        told.append(who)
        go.set()

    with locked(path, waiting):
        assert told == ["build 1, process 5"]
    holder.join()


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    child = multiprocessing.get_context("fork").Process(target=_take_and_die, args=(path,))
    child.start()
    child.join()
    assert child.exitcode == -9
    with locked(path, lambda who: pytest.fail(f"waits for the dead: {who}")):
        pass


def test_hashes_are_those_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    assert sha256_of(str(tmp_path / "empty")).startswith("e3b0c44298fc1c14")


def _take_and_die(path: str) -> None:
    with locked(path, lambda who: None):
        os.kill(os.getpid(), 9)
