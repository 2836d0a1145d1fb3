"""What every store does: a folder, and the two clouds in the forms that stand in for them."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.object_store import Ground

from bigflow.errors import UsageError
from bigflow.storage import ABSENT, Absent, Conflict, Store, at_once

NAMES = [
    "daily.py",
    "a/b/c.json",
    "with space.py",
    "per%cent+plus&.py",
    "żółć.py",
    "quote'\"<>.py",
    "a~b(c)*!.py",
    "x=1;y.py",
]


def names(store: Store, folder: str = "") -> list[str]:
    return [one.name for one in store.listing(folder)]


def test_an_empty_store(ground: Ground) -> None:
    store = ground.store()
    assert names(store) == []
    assert store.stat("daily.py") is None
    with pytest.raises(Absent, match=r"there is no .*daily\.py"):
        store.read("daily.py")
    store.delete("daily.py")


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_is_read_listed_and_deleted(ground: Ground, name: str) -> None:
    store = ground.store()
    version = store.write(name, b"content", media_type="text/x-python")
    assert version
    assert store.read(name).content == b"content"
    assert store.read(name).version == version
    (listed,) = store.listing()
    assert listed == store.stat(name) or listed.modified.replace(microsecond=0) == store.stat(name).modified  # type: ignore[union-attr]
    assert (listed.name, listed.size, listed.version) == (name, 7, version)
    assert listed.md5 == hashlib.md5(b"content").hexdigest()
    assert listed.holds(b"content")
    assert not listed.holds(b"c0ntent")
    assert abs(listed.modified - datetime.now(UTC)) < timedelta(minutes=1)
    store.delete(name)
    assert names(store) == []
    assert store.stat(name) is None


@pytest.mark.parametrize("content", [b"", b"\0\xff\r\n--\r\n\n", b"\r\n" * 3, bytes(range(256)) * 4000])
def test_any_bytes(ground: Ground, content: bytes, tmp_path: Path) -> None:
    store = ground.store()
    (tmp_path / "file").write_bytes(content)
    version = store.write("bytes", content)
    assert store.read("bytes").content == content
    store.write("file", tmp_path / "file")
    found = store.read("file")
    assert found.content == content
    if ground.kind != "gs":
        assert found.version == version, "the same content has the same version where versions are hashes"


def test_another_content_has_another_version(ground: Ground) -> None:
    store = ground.store()
    one, two = store.write("x", b"1"), store.write("x", b"2")
    assert one != two
    assert store.read("x").content == b"2"


def test_only_if_absent(ground: Ground) -> None:
    store = ground.store()
    version = store.write("lease", b"ours", expecting=ABSENT)
    with pytest.raises(Conflict, match=r"lease was changed by somebody else: there was nothing yet") as caught:
        store.write("lease", b"theirs", expecting=ABSENT)
    assert caught.value.there
    assert caught.value.there.version == version
    assert store.read("lease").content == b"ours"


def test_the_same_content_is_no_excuse(ground: Ground) -> None:
    store = ground.store()
    store.write("lease", b"same", expecting=ABSENT)
    with pytest.raises(Conflict):
        store.write("lease", b"same", expecting=ABSENT)


def test_only_if_this_version(ground: Ground) -> None:
    store = ground.store()
    first = store.write("record", b"1")
    second = store.write("record", b"2", expecting=first)
    with pytest.raises(Conflict, match=f"it had version {first}, and now version {second}"):
        store.write("record", b"3", expecting=first)
    assert store.read("record").content == b"2"
    store.delete("record")
    with pytest.raises(Conflict, match="it is gone") as caught:
        store.write("record", b"3", expecting=second)
    assert caught.value.there is None
    assert names(store) == []


def test_delete_only_this_version(ground: Ground) -> None:
    store = ground.store()
    first = store.write("lease", b"1")
    second = store.write("lease", b"2")
    with pytest.raises(Conflict):
        store.delete("lease", expecting=first)
    with pytest.raises(Conflict):
        store.delete("lease", expecting=ABSENT)
    assert store.read("lease").content == b"2"
    store.delete("lease", expecting=second)
    assert store.stat("lease") is None


def test_delete_of_a_version_that_is_gone(ground: Ground) -> None:
    store = ground.store()
    version = store.write("lease", b"1")
    store.delete("lease")
    with pytest.raises(Conflict):
        store.delete("lease", expecting=version)


def test_delete_of_nothing_that_is_expected_to_be_nothing(ground: Ground) -> None:
    ground.store().delete("lease", expecting=ABSENT)


def test_neighbours_are_not_ours(ground: Ground) -> None:
    store, root = ground.store("team/dags"), ground.store("")
    for name in ("team/dags/x.py", "team/dags/deep/er/y.py", "team/dags_backup/x.py", "team/dags2", "other/dags/x.py"):
        root.write(name, b"1")
    assert names(store) == ["deep/er/y.py", "x.py"]
    assert names(root, "team/dags") == ["team/dags/deep/er/y.py", "team/dags/x.py"]
    assert names(root, "team/dag") == []
    assert names(store, "deep") == ["deep/er/y.py"]
    assert names(store, "deep/er/y.py") == []
    assert names(root, "team/dags/") == names(root, "team/dags")


def test_order_is_that_of_the_names(ground: Ground) -> None:
    store = ground.store()
    some = ["a/b", "a.b", "a-b", "a0", "B", "a/b.c", "a/b-c", "ą", "z/é"]
    at_once([lambda name=name: store.write(name, b"1") for name in some])  # type: ignore[misc]
    assert names(store) == sorted(some, key=str.encode)


@pytest.mark.parametrize(
    "name", ["", "/x", "x/", "a//b", "..", "../x", "a/../../x", "./x", "a\nb", "a\0b", "x" * 1025, "\ud800"]
)
def test_names_that_nobody_may_have(ground: Ground, name: str) -> None:
    store = ground.store()
    for act in (store.read, store.stat, store.delete, lambda name: store.write(name, b"")):
        with pytest.raises(UsageError, match="cannot be stored"):
            act(name)


@pytest.mark.parametrize("folder", ["..", "a/../b", "a//b"])
def test_folders_that_cannot_be_listed(ground: Ground, folder: str) -> None:
    with pytest.raises(UsageError):
        list(ground.store().listing(folder))


def test_a_file_that_is_not_there_is_not_written(ground: Ground, tmp_path: Path) -> None:
    store = ground.store()
    with pytest.raises(UsageError, match=r"cannot read .*absent: No such file"):
        store.write("x", tmp_path / "absent")
    assert names(store) == []


def test_many_at_once(ground: Ground) -> None:
    store = ground.store()
    wanted = {f"dags/{number:03}.py": f"# {number}".encode() for number in range(120)}
    versions = at_once([lambda name=name: store.write(name, wanted[name]) for name in wanted])  # type: ignore[misc]
    listed = list(store.listing("dags"))
    assert {one.name: one.version for one in listed} == dict(zip(wanted, versions, strict=True))
    assert all(one.holds(wanted[one.name]) for one in listed)
    contents = at_once([lambda name=name: store.read(name).content for name in wanted])  # type: ignore[misc]
    assert contents == list(wanted.values())
    at_once([lambda name=name: store.delete(name) for name in wanted])  # type: ignore[misc]
    assert names(store) == []


def test_one_thread_wins(ground: Ground) -> None:
    stores = [ground.store() for _ in range(4)]
    for number in range(25):
        start = threading.Barrier(len(stores))

        def compete(store: Store, name: str = f"{number}", start: threading.Barrier = start) -> bool:
            start.wait()
            try:
                store.write(name, b"the same from all", expecting=ABSENT)
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(len(stores)) as threads:
            assert sum(threads.map(compete, stores)) == 1


def test_nobody_reads_half(ground: Ground) -> None:
    store, other = ground.store(), ground.store()
    contents = [bytes([letter]) * 300_000 for letter in b"ab"]
    store.write("big", contents[0])
    done = threading.Event()

    def keep_writing() -> None:
        for number in range(30):
            other.write("big", contents[number % 2])
        done.set()

    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(keep_writing)
        while not done.is_set():
            found = store.read("big")
            assert found.content in contents
            if writing.done():
                break
        writing.result()


def test_a_counter_loses_nothing(ground: Ground) -> None:
    """Read, add one, write if unchanged, else again: all additions are there in the end."""
    ground.store().write("counter", b"0")

    def add(store: Store) -> None:
        for _ in range(10):
            while True:
                found = store.read("counter")
                try:
                    store.write("counter", str(int(found.content) + 1).encode(), expecting=found.version)
                    break
                except Conflict:
                    continue

    with ThreadPoolExecutor(3) as threads:
        for one in [threads.submit(add, ground.store()) for _ in range(3)]:
            one.result()
    assert ground.store().read("counter").content == b"30"
