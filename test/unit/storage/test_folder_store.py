"""What only a folder does: locks, links, kills, foreign things."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.object_store import QUICK

from bigflow.errors import OutsideError
from bigflow.storage import ABSENT, Access, Conflict, Store, open_store

SCRATCH = ".bigflow-writing"
ROUNDS = 100

# Waits for each round's sign, then tries to be the first; prints the rounds that it won.
COMPETITOR = """
import sys
from bigflow.storage import *
store = open_store(sys.argv[1])
for line in sys.stdin:
    try:
        store.write(f"lease-{line.strip()}", b"same", expecting=ABSENT)
        print("won", flush=True)
    except Conflict:
        print("lost", flush=True)
"""
ENDLESS = """
import sys
from bigflow.storage import *
store, letters = open_store(sys.argv[1]), [bytes([one]) * 3_000_000 for one in b"ab"]
print("begun", flush=True)
while True:
    for content in letters:
        store.write("x", content)
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "dags"), Access(patience=QUICK))


def python(script: str, folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_of_two_processes_one_wins(tmp_path: Path) -> None:
    with python(COMPETITOR, tmp_path) as one, python(COMPETITOR, tmp_path) as other:
        for number in range(ROUNDS):
            for process in (one, other):
                assert process.stdin
                process.stdin.write(f"{number}\n")
                process.stdin.flush()
            assert one.stdout
            assert other.stdout
            assert sorted([one.stdout.readline(), other.stdout.readline()]) == ["lost\n", "won\n"]
        for process in (one, other):
            assert process.stdin
            process.stdin.close()
    assert len(os.listdir(tmp_path)) == ROUNDS, "nothing but the leases is left"


def test_a_kill_leaves_whole_files(tmp_path: Path, store: Store) -> None:
    folder = tmp_path / "dags"
    whole = [bytes([one]) * 3_000_000 for one in b"ab"]
    store.write("x", whole[0])
    for number in range(8):
        with python(ENDLESS, folder) as process:
            assert process.stdout
            process.stdout.readline()
            time.sleep(0.005 * number)
            process.send_signal(signal.SIGKILL)
        assert store.read("x").content in whole
        assert [one.name for one in store.listing()] == ["x"], "what was being written is not listed"
    store.write("x", b"after")
    assert os.listdir(folder) == ["x"], "the next change clears up"


def test_the_rest_of_a_killed_write_is_not_in_the_next(tmp_path: Path, store: Store) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / SCRATCH).write_bytes(b"left by somebody who was killed" * 1000)
    store.write("x", b"short")
    assert store.read("x").content == b"short"


def test_who_holds_the_lock_is_not_waited_for_for_ever(tmp_path: Path, store: Store) -> None:
    (tmp_path / "dags").mkdir()
    with (tmp_path / "dags" / SCRATCH).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(OutsideError, match=r"somebody else has been writing .* for too long"):
            store.write("x", b"1")


def test_a_lock_is_worth_nothing_once_its_file_has_another_name(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody finishes between our opening of the file and our locking it: what we locked is their content."""
    scratch, theirs = tmp_path / "dags" / SCRATCH, tmp_path / "dags" / "theirs"
    scratch.parent.mkdir()
    scratch.write_bytes(b"theirs")
    real = fcntl.flock

    def flock(descriptor: int, how: int) -> None:
        if not theirs.exists():
            scratch.rename(theirs)
        real(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    store.write("ours", b"ours")
    assert theirs.read_bytes() == b"theirs"
    assert store.read("ours").content == b"ours"


def test_two_stores_that_overlap_share_the_lock(tmp_path: Path) -> None:
    outer, inner = open_store(str(tmp_path)), open_store(str(tmp_path / "dags"))
    outer.write("dags/x", b"1")
    with pytest.raises(Conflict):
        inner.write("x", b"2", expecting=ABSENT)


def test_anybody_may_read_what_was_written(tmp_path: Path, store: Store) -> None:
    store.write("x", b"1")
    assert (tmp_path / "dags" / "x").stat().st_mode & 0o777 == 0o644


def test_links_are_followed_but_not_in_a_circle(tmp_path: Path, store: Store) -> None:
    store.write("real/x.py", b"1")
    dags = tmp_path / "dags"
    (dags / "circle").symlink_to(dags)
    (dags / "real" / "up").symlink_to(dags / "real")
    (dags / "nowhere").symlink_to(tmp_path / "absent")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "y.py").write_text("2")
    (dags / "linked").symlink_to(tmp_path / "other")
    assert [one.name for one in store.listing()] == ["linked/y.py", "real/x.py"]


def test_a_link_in_the_place_of_an_object_is_replaced_not_followed(tmp_path: Path, store: Store) -> None:
    store.write("real", b"theirs")
    (tmp_path / "dags" / "link").symlink_to("real")
    store.write("link", b"ours")
    assert store.read("real").content == b"theirs"


def test_a_link_in_the_place_of_the_lock_is_refused(tmp_path: Path, store: Store) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "victim").write_text("dear")
    (tmp_path / "dags" / SCRATCH).symlink_to(tmp_path / "victim")
    with pytest.raises(OutsideError, match="cannot change"):
        store.write("x", b"1")
    assert (tmp_path / "victim").read_text() == "dear"


def test_pipes_and_folders_are_no_objects(tmp_path: Path, store: Store) -> None:
    store.write("x", b"1")
    os.mkfifo(tmp_path / "dags" / "pipe")
    (tmp_path / "dags" / "folder").mkdir()
    assert [one.name for one in store.listing()] == ["x"]
    assert store.stat("pipe") is None
    assert store.stat("folder") is None
    with pytest.raises(OutsideError, match="Is a directory"):
        store.write("folder", b"1")
    assert os.listdir(tmp_path / "dags" / "folder") == []
    assert SCRATCH not in os.listdir(tmp_path / "dags")


def test_a_file_where_the_folder_should_be(tmp_path: Path, store: Store) -> None:
    (tmp_path / "dags").write_text("a file")
    for act in (lambda: list(store.listing()), lambda: store.write("x", b"1")):
        with pytest.raises(OutsideError, match=r"Not a directory|File exists"):
            act()


def test_a_failed_write_leaves_nothing(tmp_path: Path, store: Store) -> None:
    store.write("x", b"1")
    source = tmp_path / "source"
    source.mkdir()
    with pytest.raises(Exception, match="Is a directory"):
        store.write("x", source)
    assert os.listdir(tmp_path / "dags") == ["x"]


def test_looking_makes_nothing(tmp_path: Path, store: Store) -> None:
    assert list(store.listing()) == []
    assert store.stat("a/b") is None
    store.delete("a/b")
    assert not (tmp_path / "dags").exists()


@pytest.mark.skipif(os.getuid() == 0, reason="root may do everything")
def test_a_folder_without_rights(tmp_path: Path, store: Store) -> None:
    (tmp_path / "dags").mkdir(mode=0o555)
    with pytest.raises(OutsideError, match="Permission denied"):
        store.write("x", b"1")
