"""Layers: the same entries give the same bytes, and every tool reads them."""

import gzip
import io
import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bigflow.containers.digest import digest_of
from bigflow.containers.gzipping import PIECE, Gzip
from bigflow.containers.image import Layer
from bigflow.containers.layer import Entry, entries_of, opaque, whiteout, write_layer
from bigflow.containers.store import Store
from bigflow.errors import UsageError


def tar_of(layer: Layer, store: Store) -> bytes:
    return gzip.decompress(Path(store.path(layer.blob.digest)).read_bytes())


def members_of(layer: Layer, store: Store) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(tar_of(layer, store))) as archive:
        return archive.getmembers()


def zipped(data: bytes, workers: int, portion: int) -> bytes:
    pieces: list[bytes] = []
    with Gzip(pieces.append, workers) as stream:
        for start in range(0, len(data), portion):
            stream.write(data[start : start + portion])
    return b"".join(pieces)


@given(st.binary(max_size=3000), st.integers(0, 3), st.integers(-2, 2), st.integers(1, PIECE))
@settings(max_examples=30, deadline=None)
def test_gzip_depends_on_the_bytes_alone(salt: bytes, pieces: int, more: int, portion: int) -> None:
    data = (salt * (1 + PIECE // max(1, len(salt))))[:PIECE] * pieces + salt[: max(0, more)]
    once = zipped(data, 1, max(portion, 1000))
    assert gzip.decompress(once) == data
    assert zipped(data, 3, PIECE) == once


def test_an_error_while_compressing_leaves_no_threads_and_writes_no_end() -> None:
    pieces: list[bytes] = []
    with pytest.raises(ZeroDivisionError), Gzip(pieces.append, 2) as stream:
        stream.write(b"x" * 3 * PIECE)
        raise ZeroDivisionError
    with pytest.raises(EOFError):
        gzip.decompress(b"".join(pieces))


def test_both_digests_are_right(store: Store) -> None:
    layer = write_layer([Entry("a/b", content=b"x" * 5_000_000)], store)
    blob = Path(store.path(layer.blob.digest)).read_bytes()
    assert (layer.blob.digest, layer.blob.size) == (digest_of(blob), len(blob))
    assert layer.diff_id == digest_of(gzip.decompress(blob))


@given(
    st.permutations(
        [Entry("a", "folder"), Entry("a/b", content=b"1"), Entry("a-b", content=b"2"), Entry("z", "link", target="a")]
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_does_not_matter_and_folders_come_first(store: Store, entries: list[Entry]) -> None:
    layer = write_layer(entries, store, mtime=5)
    assert [member.name for member in members_of(layer, store)] == ["a", "a/b", "a-b", "z"]
    assert {member.mtime for member in members_of(layer, store)} == {5}


def test_a_folder_gives_the_same_layer_whatever_surrounds_it(store: Store, tmp_path: Path) -> None:
    layers = set()
    for name, umask, when in (("one", 0o022, 1), ("two", 0o077, 2_000_000_000)):
        before = os.umask(umask)
        try:
            folder = tmp_path / name
            (folder / "sub").mkdir(parents=True)
            for file in ("b", "a", "sub/c") if umask == 0o022 else ("sub/c", "a", "b"):
                (folder / file).write_text(file)
                os.utime(folder / file, (when, when))
            (folder / "a").chmod(0o700 if umask == 0o077 else 0o755)
            (folder / "link").symlink_to("a")
        finally:
            os.umask(before)
        layers.add(write_layer(entries_of(str(folder), "opt/app"), store, mtime=7))
    assert len(layers) == 1
    modes = {member.name: member.mode for member in members_of(layers.pop(), store)}
    assert modes == {
        "opt/app": 0o755, "opt/app/a": 0o755, "opt/app/b": 0o644, "opt/app/link": 0o777,
        "opt/app/sub": 0o755, "opt/app/sub/c": 0o644,
    }  # fmt: skip


def test_owners_and_modes_that_are_asked_for(store: Store) -> None:
    layer = write_layer([Entry("home", "folder", uid=1000, gid=7), Entry("tmp", "folder", mode=0o1777)], store)
    home, tmp = members_of(layer, store)
    assert (home.uid, home.gid, home.uname, tmp.mode) == (1000, 7, "", 0o1777)


@pytest.mark.parametrize(
    "name", ["x" * 90 + "/" + "y" * 200, "größe/数", "a\udcffb", "x" * 255, "d/" * 100 + "f", "a\nb"]
)
def test_long_and_odd_names(store: Store, name: str) -> None:
    layer = write_layer([Entry(name, "link", target=name)], store)
    with tarfile.open(fileobj=io.BytesIO(tar_of(layer, store)), encoding="utf-8", errors="surrogateescape") as archive:
        (member,) = archive.getmembers()
    assert (member.name, member.linkname) == (name, name)


@pytest.mark.parametrize("path", ["", "/a", "a/", "a//b", "../a", "a/../b", ".", "./a", "a\0b"])
def test_paths_that_are_none(store: Store, path: str) -> None:
    with pytest.raises(UsageError, match="path"):
        write_layer([Entry(path, content=b"")], store)


def test_two_entries_for_one_path(store: Store) -> None:
    with pytest.raises(UsageError, match="two entries for a"):
        write_layer([Entry("a", content=b"1"), Entry("a", "folder")], store)


def test_a_file_in_a_file(store: Store) -> None:
    with pytest.raises(UsageError, match="cannot lie in a, which is a file"):
        write_layer([Entry("a", content=b"1"), Entry("a/b", content=b"1")], store)


def test_what_cannot_be_in_an_image_is_named(store: Store, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError) as caught:
        write_layer(entries_of(str(tmp_path), "x"), store)
    assert caught.value.where == str(tmp_path / "pipe")


def test_a_file_that_is_gone_is_named_and_leaves_nothing_in_the_store(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        write_layer([Entry("x", source=str(tmp_path / "gone"))], store)
    assert caught.value.where == str(tmp_path / "gone")
    assert [path for path in Path(store.folder).rglob("*") if path.is_file()] == []


def test_a_file_that_grows_while_it_is_read(store: Store, tmp_path: Path) -> None:
    """/proc has files that say they are empty and are not."""
    with pytest.raises(UsageError, match="changed while"):
        write_layer([Entry("x", source="/proc/self/status")], store)


def test_what_is_gone_is_said_by_empty_files(store: Store) -> None:
    layer = write_layer([whiteout("etc/motd"), whiteout("top"), opaque("var")], store)
    told = [(member.name, member.size) for member in members_of(layer, store)]
    assert told == [(".wh.top", 0), ("etc/.wh.motd", 0), ("var/.wh..wh..opq", 0)]
