"""The store and the layout: only what is verified gets in, and nothing that dies leaves them broken."""

import io
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from support.damage import DAMAGES, damage
from support.needs import missing

from bigflow.containers.blobs import Absent, FirstOf, Held, Stream, read_verified
from bigflow.containers.copying import copy
from bigflow.containers.descriptor import (
    BIGGEST_DOCUMENT,
    INDEX,
    LAYER_GZIP,
    LINUX_AMD64,
    MANIFEST,
    Descriptor,
    descriptor_of,
)
from bigflow.containers.digest import Mismatch, digest_of
from bigflow.containers.documents import Malformed
from bigflow.containers.image import Image
from bigflow.containers.index import index_of
from bigflow.containers.layer import Entry, write_layer
from bigflow.containers.layout import Layout
from bigflow.containers.store import INCOMING, Store
from bigflow.containers.validate import problems
from bigflow.errors import OutsideError, UsageError

ROOT = Path(__file__).parents[3]


class Liar:
    """A source that gives other bytes than it should."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def has(self, blob: Descriptor) -> bool:
        return True

    def open(self, blob: Descriptor, start: int = 0) -> Stream:
        return io.BytesIO(self.data[start:])


def files_of(folder: str) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file())


@pytest.mark.parametrize("data", [b"", b"righ", b"right and more", b"wrong"])
def test_what_is_not_what_it_should_be_does_not_get_in(store: Store, data: bytes) -> None:
    with pytest.raises(Mismatch):
        store.take(descriptor_of(LAYER_GZIP, b"right"), Liar(data))
    assert files_of(store.folder) == []


def test_what_is_right_gets_in_and_is_read_from_anywhere(store: Store) -> None:
    blob = descriptor_of(LAYER_GZIP, b"right")
    moved: list[int] = []
    store.take(blob, Liar(b"right"), moved.append)
    assert store.has(blob)
    assert sum(moved) == 5
    with store.open(blob, 2) as file:
        assert file.read() == b"ght"
    store.take(blob, Liar(b"never asked"))


def test_a_file_that_a_power_cut_left_empty_is_not_there_and_is_mended(store: Store) -> None:
    blob = store.add(LAYER_GZIP, b"right")
    os.chmod(store.path(blob.digest), 0o644)
    Path(store.path(blob.digest)).write_bytes(b"")
    assert not store.has(blob)
    store.take(blob, Liar(b"right"))
    assert store.has(blob)


@pytest.mark.parametrize("how", DAMAGES)
def test_what_was_damaged_is_noticed_and_mended(tmp_path: Path, how: str) -> None:
    def mends(folder: Path) -> None:
        store = Store(str(folder))
        blob = store.add(LAYER_GZIP, b"right" * 1000)
        assert store.has(blob)
        damage(Path(store.path(blob.digest)), how)
        assert not store.has(blob)
        store.take(blob, Liar(b"right" * 1000))
        assert store.has(blob)
        assert read_verified(blob, store) == b"right" * 1000

    as_nobody(mends) if how == "unreadable" else mends(tmp_path / "store")


def test_a_file_that_something_else_brought_is_read_once(store: Store, tmp_path: Path) -> None:
    blob = store.add(LAYER_GZIP, b"right")
    path = Path(store.path(blob.digest))
    os.utime(path, (1, 1))  # as a copy, or what was unpacked from an archive
    assert store.has(blob)
    marked = path.stat().st_mtime_ns
    assert marked != 1 * 10**9
    path.chmod(0o644)
    path.write_bytes(b"wrong")
    os.utime(path, ns=(marked, marked))  # nothing that goes on by itself does this: only so it is seen that
    assert store.has(blob)  # the file is not read each time


def as_nobody(act: Callable[[Path], None]) -> None:
    """Do it as somebody who may not read everything: root may."""
    if os.geteuid() != 0:
        with TemporaryDirectory() as folder:
            act(Path(folder))
        return
    child = os.fork()
    if child == 0:
        try:
            os.setgid(65534)
            os.setuid(65534)
            with TemporaryDirectory(dir="/tmp") as folder:
                act(Path(folder))
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_digest_never_becomes_a_path_out_of_the_store(store: Store) -> None:
    for digest in ("sha256:../../../etc/passwd", "../x:y", "sha256:" + "a" * 63 + "/"):
        with pytest.raises(UsageError):
            store.path(digest)


def test_a_blob_that_is_absent(store: Store) -> None:
    with pytest.raises(Absent):
        store.open(descriptor_of(LAYER_GZIP, b"never"))
    with pytest.raises(Absent):
        FirstOf(store, store).open(descriptor_of(LAYER_GZIP, b"never"))


def test_the_first_source_that_has_a_blob_gives_it(store: Store) -> None:
    blob = store.add(LAYER_GZIP, b"data")
    other = descriptor_of(LAYER_GZIP, b"other")
    sources = FirstOf(Held(other, b"other"), store)
    assert read_verified(blob, sources) == b"data"
    assert read_verified(other, sources) == b"other"


def test_from_another_store_on_the_disk_a_blob_costs_no_room(store: Store, tmp_path: Path) -> None:
    blob = store.add(LAYER_GZIP, b"x" * 100_000)
    other = Store(str(tmp_path / "other"))
    other.take(blob, store)
    assert other.has(blob)
    here, there = os.stat(store.path(blob.digest)), os.stat(other.path(blob.digest))
    assert here.st_ino == there.st_ino or there.st_nlink == 1  # a link, or a clone where the disk can


def test_documents_have_a_limit(store: Store) -> None:
    huge = Descriptor(MANIFEST, "sha256:" + "a" * 64, BIGGEST_DOCUMENT + 1)
    with pytest.raises(Malformed, match="more than"):
        read_verified(huge, store)


def test_a_layout_speaks_of_what_was_written_last(store: Store, small: Image, large: Image, tmp_path: Path) -> None:
    layout = Layout(str(tmp_path / "layout"))
    layout.write(small.descriptor, store, "shop:1")
    layout.write(large.descriptor, store, "shop:2")
    assert layout.image(LINUX_AMD64, "shop:2") == large
    assert layout.image(LINUX_AMD64) == large
    with pytest.raises(UsageError) as caught:
        layout.root("shop:1")
    assert "shop:2" in caught.value.hint
    assert problems(layout.root(), layout.store) == ()


def test_collecting_keeps_what_is_spoken_of(store: Store, small: Image, large: Image, tmp_path: Path) -> None:
    layout = Layout(str(tmp_path / "layout"))
    layout.write(large.descriptor, store)
    layout.write(small.descriptor, store)
    (tmp_path / "layout" / f"{INCOMING}left").write_bytes(b"by a process that was killed")
    assert layout.collect() > large.layers[0].blob.size
    assert problems(small.descriptor, layout.store) == ()
    assert len(files_of(layout.folder)) == 2 + 2 + len(small.layers)
    assert problems(large.descriptor, store) == ()  # the cache has what the layout gave up
    assert layout.collect() == 0


def test_a_second_write_of_the_same_moves_nothing(store: Store, small: Image, tmp_path: Path) -> None:
    layout = Layout(str(tmp_path / "layout"))
    assert len(layout.write(small.descriptor, store).moved) == 4
    assert layout.write(small.descriptor, store).moved == ()


def test_several_platforms_in_a_layout(store: Store, image_of, tmp_path: Path) -> None:
    from bigflow.containers.descriptor import Platform

    images = [image_of(b"x", platform=Platform("linux", name)) for name in ("amd64", "arm64")]
    root = store.put(index_of(images).documents)
    layout = Layout(str(tmp_path / "layout"))
    layout.write(root, store)
    assert [layout.image(image.platform) for image in images] == images
    assert problems(layout.root(), layout.store) == ()


def test_a_layer_that_cannot_be_had_leaves_the_former_image(
    store: Store, small: Image, large: Image, tmp_path: Path
) -> None:
    layout = Layout(str(tmp_path / "layout"))
    layout.write(small.descriptor, store)
    os.unlink(store.path(large.layers[0].blob.digest))
    with pytest.raises(Absent):
        layout.write(large.descriptor, store)
    assert layout.image(LINUX_AMD64) == small


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("index.json", b"[]"), ("index.json", b""), ("index.json", b'{"schemaVersion":2,"manifests":[]}'),
        ("index.json", b" " * (BIGGEST_DOCUMENT + 1)), ("oci-layout", b"{}"),
        ("oci-layout", b'{"imageLayoutVersion":"2.0.0"}'),
    ],
)  # fmt: skip
def test_folders_that_are_no_layouts(store: Store, small: Image, tmp_path: Path, name: str, content: bytes) -> None:
    layout = Layout(str(tmp_path / "layout"))
    layout.write(small.descriptor, store)
    (tmp_path / "layout" / name).write_bytes(content)
    with pytest.raises((UsageError, OutsideError)):
        layout.image(LINUX_AMD64)


def test_a_folder_without_an_image_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        Layout(str(tmp_path)).root()
    assert "bigflow build-image" in caught.value.hint


def test_progress_tells_every_byte_that_moves(store: Store, large: Image, tmp_path: Path) -> None:
    told: dict[str, int] = {}

    def listen(blob: Descriptor, count: int) -> None:
        told[blob.digest] = told.get(blob.digest, 0) + count

    copy(large.descriptor, FirstOf(store), Store(str(tmp_path / "other")), listen)
    assert sum(told.values()) == large.size


def test_when_one_blob_fails_the_others_stop(store: Store, image_of, tmp_path: Path) -> None:
    image = image_of(os.urandom(4 << 20), b"small")
    os.chmod(store.path(image.layers[1].blob.digest), 0o644)
    Path(store.path(image.layers[1].blob.digest)).write_bytes(b"x" * image.layers[1].blob.size)
    other = Store(str(tmp_path / "other"))
    with pytest.raises(Absent):
        copy(image.descriptor, FirstOf(store), other)
    assert not [name for name in files_of(other.folder) if INCOMING in name]
    assert not other.has(image.descriptor)


FILL = """
import sys
from bigflow.containers.descriptor import LINUX_AMD64
from bigflow.containers.image import scratch
from bigflow.containers.layer import Entry, write_layer
from bigflow.containers.layout import Layout
from bigflow.containers.store import Store
import os
number = 0
print("go", flush=True)
while True:
    number += 1
    store = Store(sys.argv[1])
    image = scratch(LINUX_AMD64).with_layers(write_layer([Entry("x", content=os.urandom(300_000))], store))
    store.put(image.documents)
    layout = Layout(sys.argv[2])
    layout.write(image.descriptor, store, str(number))
    if number % 3 == 0:
        layout.collect()
"""


@pytest.mark.parametrize("delay", [0.02, 0.05, 0.11, 0.17, 0.3])
def test_kill_9_at_any_moment_leaves_a_valid_layout(tmp_path: Path, delay: float) -> None:
    words = [sys.executable, "-c", FILL, str(tmp_path / "cache"), str(tmp_path / "layout")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        process.stdout.readline()
        layout = Layout(str(tmp_path / "layout"))
        while not (tmp_path / "layout" / "index.json").exists():
            time.sleep(0.005)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
    assert problems(layout.root(), layout.store) == ()
    layout.collect()
    assert len(files_of(layout.folder)) == 2 + 3
    cache = Store(str(tmp_path / "cache"))
    for name in os.listdir(os.path.join(cache.folder, "blobs", "sha256")):
        assert digest_of(Path(cache.path(f"sha256:{name}")).read_bytes()) == f"sha256:{name}"


@pytest.fixture
def tiny_disk(tmp_path: Path):
    """A disk of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)], capture_output=True)
    if mounted.returncode:
        missing("a small disk", "mount is not allowed to this user")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_told_and_breaks_nothing(tiny_disk: Path, store: Store, small: Image, large: Image) -> None:
    layout = Layout(str(tiny_disk / "layout"))
    layout.write(small.descriptor, store, "small")
    with pytest.raises(OutsideError) as caught:
        layout.write(large.descriptor, store, "large")
    assert "No space left" in caught.value.message
    assert caught.value.where.startswith(str(tiny_disk))
    assert "make room" in caught.value.hint
    assert layout.image(LINUX_AMD64, "small") == small
    assert problems(layout.root(), layout.store) == ()
    assert not [name for name in files_of(layout.folder) if INCOMING in name]


def test_a_full_disk_while_a_layer_is_made(tiny_disk: Path) -> None:
    store = Store(str(tiny_disk / "store"))
    with pytest.raises(OutsideError, match="No space left"):
        write_layer([Entry("x", content=os.urandom(3 << 20))], store)
    assert files_of(store.folder) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutsideError) as caught:
        Store(str(tmp_path / "file")).add(INDEX, b"{}")
    assert caught.value.where == str(tmp_path / "file")
