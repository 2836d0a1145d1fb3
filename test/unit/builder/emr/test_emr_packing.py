import os
import tarfile
import zipfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bigflow.builder.emr.packing import Entry, write_tar_gz, write_zip

NAMES = st.text("abc", min_size=1, max_size=3)
# No file is a folder, too: files have a suffix.
FILES = st.dictionaries(st.lists(NAMES, max_size=3).map(lambda parts: "/".join((*parts, "x.py"))), st.binary())
TIME = 1_700_000_000


@given(FILES, st.randoms())
def test_an_archive_is_its_files_in_whatever_order_they_come(files: dict[str, bytes], random: object) -> None:
    import tempfile

    entries = [Entry(path, content=content) for path, content in files.items()]
    shuffled = sorted(entries, key=lambda _: random.random())  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as folder:
        one, two = (os.path.join(folder, name) for name in ("one", "two"))
        for write in (write_zip, write_tar_gz):
            write(one, entries, TIME)
            write(two, shuffled, TIME)
            assert Path(one).read_bytes() == Path(two).read_bytes()
            read = _zip(one) if write is write_zip else _tar(one)
            assert read == files


def _zip(path: str) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def _tar(path: str) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        found = {}
        for member in archive.getmembers():
            if file := archive.extractfile(member):
                found[member.name] = file.read()
        return found


def test_modes_owners_and_times_are_nobody_s(tmp_path: Path) -> None:
    source = tmp_path / "source.py"
    source.write_text("x = 1\n")
    source.chmod(0o700)
    program = Entry("pkg/tool", content=b"#!", executable=True)
    entries = [Entry("pkg/a.py", str(source)), Entry("bin/python", link="/usr/bin/python3.11"), program]
    write_tar_gz(str(tmp_path / "a.tar.gz"), entries, TIME)
    with tarfile.open(tmp_path / "a.tar.gz") as archive:
        members = archive.getmembers()
    assert [member.name for member in members] == ["bin", "bin/python", "pkg", "pkg/a.py", "pkg/tool"]
    assert {(one.uid, one.gid, one.uname, one.mtime) for one in members} == {(0, 0, "", TIME)}
    assert [oct(one.mode) for one in members] == ["0o755", "0o755", "0o755", "0o644", "0o755"]
    assert members[1].linkname == "/usr/bin/python3.11"
    write_zip(str(tmp_path / "a.zip"), entries[:1], TIME)
    with zipfile.ZipFile(tmp_path / "a.zip") as zipped:
        (info,) = zipped.infolist()
    assert (oct(info.external_attr >> 16), info.date_time) == ("0o100644", (2023, 11, 14, 22, 13, 20))
