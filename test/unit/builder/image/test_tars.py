"""The tars of strangers, as the checks of images and bases read them: an error, or what is really there."""

import io
import tarfile
from pathlib import Path

import pytest
from support.tar_bombs import HEADERS, long_header

from bigflow.builder.image.offer import offer_of
from bigflow.builder.image.secrets import leaks
from bigflow.builder.image.tars import entries_in
from bigflow.containers.descriptor import LINUX_AMD64
from bigflow.containers.documents import Malformed
from bigflow.containers.image import Image, scratch
from bigflow.containers.layer import layer_from
from bigflow.containers.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


def image_of(store: Store, data: bytes) -> Image:
    image = scratch(LINUX_AMD64).with_layers(layer_from([data], store))
    store.put(image.documents)
    return image


def tar(*names: str, **more: object) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = 3
            for key, value in more.items():
                setattr(member, key, value)
            archive.addfile(member, io.BytesIO(b"abc"))
    return buffer.getvalue()


def secrets_of(image: Image, store: Store) -> list[str]:
    return list(leaks(image, image.layers, store, {"the variable bf_x": b"abc"}, "shop"))


@pytest.mark.parametrize("kind", HEADERS)
def test_headers_that_would_fill_the_memory(store: Store, kind: str) -> None:
    image = image_of(store, long_header(kind, 1 << 40) + tar("a"))
    for read in (lambda: secrets_of(image, store), lambda: offer_of(image, store)):
        with pytest.raises(Malformed, match="header of"):
            read()


def test_a_wrong_header_hides_nothing(store: Store) -> None:
    """A library that takes it for the end would call what follows harmless."""
    data = bytearray(tar("harmless", "hidden"))
    data[1024 + 10] ^= 0xFF
    with pytest.raises(Malformed):
        secrets_of(image_of(store, bytes(data)), store)


@pytest.mark.parametrize("name", ["/abs", "../up", "a/../../up", "./here", "a//b", "größe", "a\nb", "x" * 300])
def test_names_of_all_kinds_are_told_and_nothing_is_written(store: Store, name: str, tmp_path: Path) -> None:
    (told,) = secrets_of(image_of(store, tar(name)), store)
    assert told.endswith("has the value of the variable bf_x")
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_what_is_no_file_has_no_content(store: Store, kind: bytes) -> None:
    assert secrets_of(image_of(store, tar("x", type=kind, size=0, linkname="/etc/shadow")), store) == []


def test_a_file_that_is_nearly_all_hole_is_not_read_to_its_end(store: Store) -> None:
    headers = {
        "GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.name": "bomb",
        "GNU.sparse.size": str(1 << 50), "GNU.sparse.map": "0,0", "GNU.sparse.numblocks": "1",
    }  # fmt: skip
    member = tarfile.TarInfo("bomb")
    member.pax_headers = headers
    data = member.tobuf(tarfile.PAX_FORMAT) + bytes(1024)
    assert secrets_of(image_of(store, data), store) == []


def test_a_layer_is_read_whole_although_its_tar_ends_early(store: Store) -> None:
    image = image_of(store, tar("a") + bytes(1 << 20))
    assert [entry.path for entry in entries_in(image.layers[0], store)] == ["a"]
