"""Archives: what is written is read again, what is damaged is refused."""

import io
import json
import os
import tarfile
from pathlib import Path

import pytest
from support.tar_bombs import HEADERS, long_header

from bigflow.containers.descriptor import LINUX_AMD64
from bigflow.containers.digest import Mismatch
from bigflow.containers.docker_tar import read_tar, write_tar
from bigflow.containers.image import Image
from bigflow.containers.layout import Layout
from bigflow.containers.reference import parse
from bigflow.containers.store import Store
from bigflow.containers.validate import problems
from bigflow.errors import BigflowError, UsageError

SHOP = parse("shop:1.0")


@pytest.fixture
def archive(small: Image, store: Store, tmp_path: Path) -> Path:
    write_tar(small, store, str(tmp_path / "image.tar"), SHOP)
    return tmp_path / "image.tar"


@pytest.fixture
def other(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "other"))


def rewritten(path: Path, change) -> str:
    """The same archive with other files: `change` gets and gives a dict of them."""
    with tarfile.open(path) as archive:
        files = {member.name: archive.extractfile(member).read() for member in archive.getmembers()}
    with tarfile.open(path, "w") as archive:
        for name, data in change(files).items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return str(path)


def test_an_archive_is_the_image(archive: Path, small: Image, other: Store) -> None:
    assert read_tar(str(archive), other, LINUX_AMD64) == small
    assert read_tar(str(archive), other, LINUX_AMD64, str(SHOP)) == small
    assert problems(small.descriptor, other) == ()


def test_the_same_image_gives_the_same_archive(archive: Path, small: Image, store: Store, tmp_path: Path) -> None:
    write_tar(small, store, str(tmp_path / "again.tar"), SHOP)
    assert archive.read_bytes() == (tmp_path / "again.tar").read_bytes()


def test_an_archive_without_dockers_list_is_a_layout(archive: Path, small: Image, other: Store) -> None:
    path = rewritten(archive, lambda files: {name: data for name, data in files.items() if name != "manifest.json"})
    assert read_tar(path, other, LINUX_AMD64) == small
    assert problems(small.descriptor, other) == ()


def test_an_archive_unpacked_is_a_layout(archive: Path, small: Image, tmp_path: Path) -> None:
    with tarfile.open(archive) as whole:
        whole.extractall(tmp_path / "layout", filter="data")
    layout = Layout(str(tmp_path / "layout"))
    assert layout.image(LINUX_AMD64) == small
    assert problems(layout.root(), layout.store) == ()


def test_a_name_that_is_not_in_it(archive: Path, other: Store) -> None:
    with pytest.raises(UsageError) as caught:
        read_tar(str(archive), other, LINUX_AMD64, "shop:2.0")
    assert str(SHOP) in caught.value.hint


def without(part: str):
    return lambda files: {name: data for name, data in files.items() if part not in name}


def with_manifest(**change: object):
    def act(files: dict[str, bytes]) -> dict[str, bytes]:
        (listed,) = json.loads(files["manifest.json"])
        return {**files, "manifest.json": json.dumps([{**listed, **change}]).encode()}

    return act


@pytest.mark.parametrize(
    "change",
    [
        lambda files: {},
        without("blobs"),
        with_manifest(Config="../../etc/passwd"),
        with_manifest(Layers=["gone"]),
        with_manifest(Layers=[1]),
        with_manifest(Config=None),
        lambda files: {**files, "manifest.json": b"[]"},
        lambda files: {**files, "manifest.json": b"{"},
        lambda files: {**files, "manifest.json": b" " * (17 << 20)},
    ],
)
def test_archives_that_are_none(archive: Path, other: Store, change) -> None:
    with pytest.raises(BigflowError):
        read_tar(rewritten(archive, change), other, LINUX_AMD64)


def test_layers_in_another_order(archive: Path, small: Image, other: Store) -> None:
    def swapped(files: dict[str, bytes]) -> dict[str, bytes]:
        (listed,) = json.loads(files["manifest.json"])
        return {**files, "manifest.json": json.dumps([{**listed, "Layers": listed["Layers"][::-1]}]).encode()}

    with pytest.raises(Mismatch):
        read_tar(rewritten(archive, swapped), other, LINUX_AMD64)


@pytest.mark.parametrize("kind", HEADERS)
def test_headers_that_would_fill_the_memory(archive: Path, other: Store, kind: str) -> None:
    archive.write_bytes(long_header(kind, 1 << 40) + archive.read_bytes())
    with pytest.raises(UsageError, match="header of"):
        read_tar(str(archive), other, LINUX_AMD64)


@pytest.mark.parametrize("data", [b"", b"no tar", b"\x1f\x8b nothing", os.urandom(2000)])
def test_files_that_are_no_archives(tmp_path: Path, other: Store, data: bytes) -> None:
    (tmp_path / "x.tar").write_bytes(data)
    with pytest.raises(UsageError) as caught:
        read_tar(str(tmp_path / "x.tar"), other, LINUX_AMD64)
    assert caught.value.where == str(tmp_path / "x.tar")


def test_a_damaged_blob_does_not_get_into_an_archive_and_the_old_one_stays(
    archive: Path, small: Image, store: Store, tmp_path: Path
) -> None:
    before = archive.read_bytes()
    path = Path(store.path(small.layers[0].blob.digest))
    path.chmod(0o644)
    path.write_bytes(b"\0" * small.layers[0].blob.size)
    with pytest.raises(Mismatch):
        write_tar(small, store, str(archive), SHOP)
    assert archive.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["image.tar", "store"]
