import base64
import csv
import hashlib
import io
import os
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.builder.wheel.archive import Entry, dist_info, wheel_name, write_wheel

INFO = "shop-1.0.dist-info"
NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/\\"), min_size=1, max_size=12)
ENTRIES = st.dictionaries(NAMES.map("shop/{}".format), st.tuples(st.binary(max_size=60), st.booleans()), max_size=8)


def written(folder: Path, entries: list[Entry], seconds: int = 1_700_000_000) -> bytes:
    path = folder / "a.whl"
    write_wheel(str(path), INFO, entries, seconds)
    return path.read_bytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("archives")


@given(files=ENTRIES, data=st.data())
def test_the_order_of_the_entries_does_not_matter(
    files: dict[str, tuple[bytes, bool]], data: st.DataObject, folder: Path
) -> None:
    entries = [Entry(name, content, executable) for name, (content, executable) in files.items()]
    shuffled = data.draw(st.permutations(entries))
    assert written(folder, entries) == written(folder, shuffled)


@given(files=ENTRIES)
def test_all_is_in_it_and_the_record_tells_it_truly(files: dict[str, tuple[bytes, bool]], folder: Path) -> None:
    entries = [Entry(name, content, executable) for name, (content, executable) in files.items()]
    archive = zipfile.ZipFile(io.BytesIO(written(folder, entries)))
    assert archive.testzip() is None
    for name, (content, executable) in files.items():
        assert archive.read(name) == content
        assert archive.getinfo(name).external_attr >> 16 == (0o100755 if executable else 0o100644)
    rows = {name: (told, size) for name, told, size in csv.reader(io.StringIO(archive.read(f"{INFO}/RECORD").decode()))}
    assert rows.pop(f"{INFO}/RECORD") == ("", "")
    assert set(rows) == {*files, f"{INFO}/WHEEL"}
    for name, (told, size) in rows.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(archive.read(name)).digest()).rstrip(b"=").decode()
        assert (told, size) == (f"sha256={digest}", str(len(archive.read(name))))


def test_names_are_sorted_and_metadata_come_last(folder: Path) -> None:
    entries = [Entry(name, b"") for name in ("zoo/a.py", f"{INFO}/METADATA", "aaa/b.py", "zoo/B.py")]
    names = zipfile.ZipFile(io.BytesIO(written(folder, entries))).namelist()
    assert names == ["aaa/b.py", "zoo/B.py", "zoo/a.py", *(f"{INFO}/{one}" for one in ("METADATA", "WHEEL", "RECORD"))]


@pytest.mark.parametrize(
    ("seconds", "moment"),
    [
        (0, (1980, 1, 1, 0, 0, 0)),
        (-5, (1980, 1, 1, 0, 0, 0)),
        (1_700_000_000, (2023, 11, 14, 22, 13, 20)),
        (1 << 40, (2107, 12, 31, 23, 59, 58)),
    ],
)
def test_all_files_have_one_time(seconds: int, moment: tuple[int, ...], folder: Path) -> None:
    archive = zipfile.ZipFile(io.BytesIO(written(folder, [Entry("a", b"")], seconds)))
    assert {info.date_time for info in archive.infolist()} == {moment}


def test_a_file_and_its_bytes_are_the_same(folder: Path) -> None:
    file = folder / "some file"
    file.write_bytes(b"content")
    assert written(folder, [Entry("a", str(file))]) == written(folder, [Entry("a", b"content")])


def test_a_large_file_is_never_in_memory(tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.touch()
    os.truncate(file, 64 << 20)
    tracemalloc.start()
    try:
        write_wheel(str(tmp_path / "a.whl"), INFO, [Entry("shop/resources/large", str(file))], 0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20


@pytest.mark.parametrize(
    ("name", "version", "wheel"),
    [
        ("my-shop", "1.2.0", "my_shop-1.2.0-py3-none-any.whl"),
        ("My.Shop", "1.2.0.dev3+g1a2b3c4d.t5e6f", "my_shop-1.2.0.dev3+g1a2b3c4d.t5e6f-py3-none-any.whl"),
        ("shop", "1.2-rc1", "shop-1.2_rc1-py3-none-any.whl"),
    ],
)
def test_names_have_the_parts_that_installers_expect(name: str, version: str, wheel: str) -> None:
    assert wheel_name(name, version) == wheel
    assert len(wheel.split("-")) == 5
    assert dist_info(name, version) == f"{wheel.removesuffix('-py3-none-any.whl')}.dist-info"
