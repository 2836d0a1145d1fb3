"""Unpacking: layers of every kind become the right files, or an error; nothing ever reaches out of the folder."""

import gzip
import io
import os
import stat
import subprocess
import tarfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.needs import missing
from support.tar_bombs import HEADERS, long_header

from bigflow.containers.descriptor import LAYER, LAYER_GZIP, LAYER_ZSTD, LINUX_AMD64
from bigflow.containers.digest import Mismatch, digest_of
from bigflow.containers.documents import Malformed
from bigflow.containers.image import Image, Layer, scratch
from bigflow.containers.layer import layer_from
from bigflow.containers.rootfs import inside
from bigflow.containers.store import Store
from bigflow.containers.unpack import Unpacked, unpack
from bigflow.errors import BigflowError, OutsideError, UsageError

Item = tarfile.TarInfo | tuple[tarfile.TarInfo, bytes]
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: owners are set by root only")


def info(name: str, kind: bytes = tarfile.REGTYPE, **more: object) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type = kind
    made.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
    for key, value in more.items():
        setattr(made, key, value)
    return made


def file(name: str, content: bytes = b"new", **more: object) -> Item:
    return info(name, size=len(content), **more), content


def folder(name: str, **more: object) -> Item:
    return info(name, tarfile.DIRTYPE, **more)


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> Item:
    return info(name, kind, linkname=target)


def tar(items: Iterable[Item], kind: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=kind, encoding="utf-8", errors="surrogateescape") as archive:
        for item in items:
            member, content = item if isinstance(item, tuple) else (item, b"")
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def unpacked(store: Store, tmp_path: Path) -> Callable[..., Path]:
    """Unpacks layers, given as entries or as the bytes of a tar."""

    def act(*layers: list[Item] | bytes, owners: bool | None = None) -> Path:
        image = scratch(LINUX_AMD64)
        for layer in layers:
            data = layer if isinstance(layer, bytes) else tar(layer)
            image = image.with_layers(layer_from([data], store))
        return Path(unpack(image, store, str(tmp_path / "inner" / "root"), owners=owners).folder)

    return act


def listing(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


def test_files_folders_and_links_of_all_kinds(unpacked) -> None:
    root = unpacked([
        folder("etc/"), file("etc/a", b"content", mode=0o755, mtime=1000), link("etc/soft", "/etc/a"),
        link("etc/hard", "etc/a", tarfile.LNKTYPE), info("run/pipe", tarfile.FIFOTYPE), file("./dot/b"), file("/slash"),
    ])  # fmt: skip
    assert listing(root) == ["dot", "dot/b", "etc", "etc/a", "etc/hard", "etc/soft", "run", "run/pipe", "slash"]
    assert (root / "etc/a").read_bytes() == b"content"
    assert os.readlink(root / "etc/soft") == "/etc/a"
    assert (root / "etc/hard").samefile(root / "etc/a")
    assert stat.S_ISFIFO((root / "run/pipe").stat().st_mode)
    assert ((root / "etc/a").stat().st_mode & 0o7777, (root / "etc/a").stat().st_mtime) == (0o755, 1000)


def test_upper_layers_win_and_kinds_may_change(unpacked) -> None:
    below = [file("a", b"old"), file("b/x"), link("c", "b"), file("d"), folder("e"), file("e/kept")]
    root = unpacked(below, [file("a"), file("b"), folder("c"), file("c/y"), folder("d"), folder("e", mode=0o700)])
    assert (root / "a").read_bytes() == b"new"
    assert (root / "b").is_file()
    assert not (root / "c").is_symlink()
    assert listing(root) == ["a", "b", "c", "c/y", "d", "e", "e/kept"]
    assert (root / "e").stat().st_mode & 0o777 == 0o700


def test_the_last_of_several_entries_for_one_path_wins(unpacked) -> None:
    root = unpacked([file("a", b"1"), link("a", "/etc"), file("a", b"3")])
    assert (root / "a").read_bytes() == b"3"
    assert not (root / "a").is_symlink()


def test_whiteouts(unpacked) -> None:
    below = [file("a"), file("b/x"), file("b/y"), file("c/x"), file("c/sub/old"), file("kept")]
    above = [file(".wh.a", b""), file("b/.wh.x", b""), file("c/new"), file("c/sub/new"), file("c/.wh..wh..opq", b"")]
    root = unpacked(below, above)
    assert listing(root) == ["b", "b/y", "c", "c/new", "c/sub", "c/sub/new", "kept"]


def test_a_whiteout_spares_what_its_own_layer_brings(unpacked) -> None:
    root = unpacked([file("a", b"old")], [file("a"), file(".wh.a", b""), file("b/.wh..wh..opq", b""), file("b/x")])
    assert listing(root) == ["a", "b", "b/x"]


def test_whiteouts_of_what_is_not_there_and_notes_of_other_file_systems(unpacked) -> None:
    assert listing(unpacked([file(".wh.gone", b""), file("x/.wh.gone", b""), file(".wh..wh.plnk/1", b"")])) == [
        ".wh..wh.plnk",
        ".wh..wh.plnk/1",
    ]


@pytest.mark.parametrize("name", [".wh.", ".wh...", ".wh..", "../.wh.x", "a/.wh."])
def test_whiteouts_that_mean_no_file(unpacked, name: str) -> None:
    with pytest.raises(Malformed):
        unpacked([file(name, b"")])


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/../x", "..", "a/..", "/a/../../../../../../../../tmp/x"])
def test_names_that_reach_out_are_refused(unpacked, tmp_path: Path, name: str) -> None:
    with pytest.raises(Malformed, match="reaches out"):
        unpacked([file(name)])
    assert not (tmp_path / "x").exists()
    assert listing(tmp_path / "inner") == []


@pytest.mark.parametrize("target", ["/", "/etc", "..", "../..", "../../../../..", "/../..", "sub/../../..", "OUTSIDE"])
@pytest.mark.parametrize("write", ["file", "hard link", "whiteout", "folder"])
def test_links_that_lead_out_lead_back_in(unpacked, tmp_path: Path, target: str, write: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "victim").write_text("safe")
    for name in ("etc", "sub"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "victim").write_text("safe")
    target = str(outside) if target == "OUTSIDE" else target
    through = {
        "file": file("out/victim"),
        "hard link": link("out/victim", "real", tarfile.LNKTYPE),
        "whiteout": file("out/.wh.victim", b""),
        "folder": folder("out/victim"),
    }
    unpacked([file("real"), folder("sub"), link("out", target)], [through[write]])
    assert [(tmp_path / name / "victim").read_text() for name in ("outside", "etc", "sub")] == ["safe"] * 3


def test_a_link_in_the_way_is_followed_inside(unpacked) -> None:
    """Distributions have /lib as a link to usr/lib; layers write to lib/."""
    root = unpacked(
        [folder("usr/lib"), link("lib", "usr/lib"), link("abs", "/usr/lib")], [file("lib/x"), file("abs/y")]
    )
    assert listing(root) == ["abs", "lib", "usr", "usr/lib", "usr/lib/x", "usr/lib/y"]


@pytest.mark.parametrize("target", ["../secret", "/../secret", "SECRET", "gone", "", "soft"])
def test_hard_links_reach_files_of_the_image_only(unpacked, tmp_path: Path, target: str) -> None:
    (tmp_path / "secret").write_text("s3cret")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "secret").write_text("s3cret")
    target = str(tmp_path / "secret") if target == "SECRET" else target
    try:
        root = unpacked([link("soft", str(tmp_path / "secret")), link("x", target, tarfile.LNKTYPE)])
    except Malformed:
        return
    assert target == "soft"
    assert (root / "x").is_symlink()  # the link itself has two names now


def test_links_that_lead_round(unpacked) -> None:
    with pytest.raises(Malformed, match="round"):
        unpacked([link("a", "b"), link("b", "a"), file("a/x")])


def test_devices_of_dev_are_left_out_and_others_refused(unpacked, store: Store, tmp_path: Path) -> None:
    null = info("./dev/null", tarfile.CHRTYPE, devmajor=1, devminor=3)
    image = scratch(LINUX_AMD64).with_layers(layer_from([tar([folder("dev"), null])], store))
    made = unpack(image, store, str(tmp_path / "root"))
    assert made == Unpacked(str(tmp_path / "root"), ("dev/null",))
    assert listing(tmp_path / "root") == ["dev"]
    for kind in (tarfile.CHRTYPE, tarfile.BLKTYPE):
        with pytest.raises(Malformed, match="device"):
            unpacked([info("etc/disk", kind, devmajor=8)])


@pytest.mark.parametrize("kind", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
@pytest.mark.parametrize("name", ["d/" * 120 + "f", "x" * 255, "größe/数", "a\udcffb", "a\nb", "a\\b", " a "])
def test_long_and_odd_names(unpacked, kind: int, name: str) -> None:
    root = unpacked(tar([file(name), link("soft", name)], kind))
    assert os.path.isfile(os.path.join(root, name))
    assert os.readlink(root / "soft") == name


def test_names_that_no_disk_takes(unpacked) -> None:
    with pytest.raises(Malformed, match="cannot be"):
        unpacked([file("x" * 256)])
    with pytest.raises(Malformed, match="cannot be"):
        unpacked([file("x/" * 3000 + "y")])


def test_a_file_where_a_folder_is_needed(unpacked) -> None:
    with pytest.raises(Malformed, match="'a/b' cannot be"):
        unpacked([file("a"), file("a/b")])


@pytest.mark.parametrize("kind", ["gnu", "0.0", "0.1", "1.0"])
def test_sparse_files(unpacked, tmp_path: Path, kind: str) -> None:
    with open(tmp_path / "sparse", "wb") as hole:
        hole.write(b"head")
        hole.seek(5 << 20)
        hole.write(b"middle")
        hole.truncate(20 << 20)
    how = ["--format=gnu"] if kind == "gnu" else ["--format=posix", f"--sparse-version={kind}"]
    words = ["tar", "-C", str(tmp_path), *how, "-S", "-cf", str(tmp_path / "t.tar"), "sparse"]
    if subprocess.run(words, capture_output=True).returncode:
        missing("GNU tar", "the tar of this machine makes no sparse archives")
    data = (tmp_path / "t.tar").read_bytes()
    assert len(data) < 1 << 20
    root = unpacked(data)
    assert (root / "sparse").read_bytes() == (tmp_path / "sparse").read_bytes()
    assert (root / "sparse").stat().st_blocks * 512 < 3 << 20


def test_a_sparse_file_that_is_nearly_all_hole(unpacked) -> None:
    member = info("bomb", tarfile.REGTYPE, size=0, pax_headers={
        "GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.name": "bomb",
        "GNU.sparse.size": str(1 << 50), "GNU.sparse.map": "0,0", "GNU.sparse.numblocks": "1",
    })  # fmt: skip
    with pytest.raises(Malformed, match="holes"):
        unpacked([member])


@pytest.mark.parametrize("when", ["1e300", "-1e300", "nan", "inf", "-5", "1.5"])
def test_odd_times(unpacked, when: str) -> None:
    try:
        root = unpacked([file("a", pax_headers={"mtime": when})])
    except Malformed:
        return
    assert 0 <= (root / "a").stat().st_mtime <= 1 << 33


@AS_ROOT
def test_owners_and_set_id_bits_are_for_root(unpacked) -> None:
    root = unpacked([file("su", mode=0o4755, uid=12, gid=34)])
    found = (root / "su").stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o7777) == (12, 34, 0o4755)


def test_without_owners_everything_is_ours_and_can_be_changed_and_removed(unpacked) -> None:
    sealed = [folder("sealed", mode=0o555, uid=12), file("sealed/a", mode=0o4111, uid=12)]
    root = unpacked(sealed, [file("sealed/b"), file("sealed/.wh.a", b"")], owners=False)
    assert listing(root) == ["sealed", "sealed/b"]
    assert (root / "sealed").stat().st_mode & 0o7777 == 0o755
    assert (root / "sealed").stat().st_uid == os.geteuid()


def test_owners_that_no_system_has(unpacked) -> None:
    with pytest.raises((Malformed, OutsideError)):
        unpacked([file("a", uid=1 << 40)], owners=True)


@AS_ROOT
def test_a_file_system_as_somebody_who_is_not_root(store: Store, tmp_path: Path) -> None:
    data = tar([folder("sealed", mode=0o555), file("sealed/a", mode=0o400, uid=0), info("dev/null", tarfile.CHRTYPE)])
    layers = [layer_from([data], store), layer_from([tar([file("sealed/b"), link("l", "/etc")])], store)]
    place = tmp_path / "theirs"
    place.mkdir()
    os.chown(place, 65534, 65534)
    child = os.fork()
    if child == 0:
        try:
            for above in (place, *place.parents):
                if str(above).startswith(str(tmp_path.parent.parent)):
                    os.chmod(above, 0o755)
            for path in Path(store.folder).rglob("*"):
                os.chmod(path, 0o755)
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            unpack(scratch(LINUX_AMD64).with_layers(*layers), store, str(place / "root"))
            os._exit(0 if listing(place / "root") == ["l", "sealed", "sealed/a", "sealed/b"] else 3)
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(4)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_all_or_nothing(unpacked, tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        unpacked([file("a")], [file("../b")])
    assert listing(tmp_path / "inner") == []


def test_a_folder_that_exists_is_left_alone(unpacked, tmp_path: Path) -> None:
    (tmp_path / "inner" / "root").mkdir(parents=True)
    with pytest.raises(UsageError, match="exists already"):
        unpacked([file("a")])
    assert listing(tmp_path / "inner") == ["root"]


def image_with(layer: Layer) -> Image:
    return scratch(LINUX_AMD64).with_layers(layer)


def test_a_layer_that_is_not_the_tar_that_the_configuration_means(store: Store, tmp_path: Path) -> None:
    layer = replace(layer_from([tar([file("a")])], store), diff_id="sha256:" + "0" * 64)
    with pytest.raises(Mismatch):
        unpack(image_with(layer), store, str(tmp_path / "root"))
    assert not (tmp_path / "root").exists()


def test_layers_without_compression_and_in_several_members(store: Store, tmp_path: Path) -> None:
    data = tar([file("a")])
    plain = Layer(store.add(LAYER, data), digest_of(data))
    joined = Layer(store.add(LAYER_GZIP, gzip.compress(data[:700]) + gzip.compress(data[700:])), digest_of(data))
    for name, layer in (("plain", plain), ("joined", joined)):
        unpack(image_with(layer), store, str(tmp_path / name))
        assert listing(tmp_path / name) == ["a"]


@pytest.mark.parametrize("kind", [LAYER_ZSTD, LAYER_GZIP])
def test_compression_that_is_unknown_or_broken(store: Store, tmp_path: Path, kind: str) -> None:
    layer = Layer(store.add(kind, b"(\xb5/\xfd whatever"), digest_of(b""))
    with pytest.raises(BigflowError, match=r"gzip|zstd"):
        unpack(image_with(layer), store, str(tmp_path / "root"))


def test_gzip_that_is_cut_off(store: Store, tmp_path: Path) -> None:
    data = tar([file("a", os.urandom(10_000))])
    layer = Layer(store.add(LAYER_GZIP, gzip.compress(data)[:-4]), digest_of(data))
    with pytest.raises(Malformed, match="cut off"):
        unpack(image_with(layer), store, str(tmp_path / "root"))


WHOLE = tar(
    [folder("d"), file("d/a", b"x" * 900), link("s", "/d/a"), link("h", "d/a", tarfile.LNKTYPE), file("ü" * 90)]
)


@given(
    st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=8),
    st.integers(0, len(WHOLE)),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_tar_is_an_error_or_some_files_and_never_more(
    store: Store, tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]], end: int
) -> None:
    data = bytearray(WHOLE)
    for place, value in changes:
        data[place] = value
    around = tmp_path_factory.mktemp("around")
    image = image_with(layer_from([bytes(data[: max(end, 512)])], store))
    try:
        unpack(image, store, str(around / "root"))
    except BigflowError:
        assert listing(around) == []
    assert {path.name for path in around.iterdir()} <= {"root"}


def test_a_header_that_is_wrong_in_the_middle_is_not_the_end(unpacked) -> None:
    data = bytearray(tar([file("a"), file("b")]))
    data[1024 + 10] ^= 0xFF
    with pytest.raises(Malformed):
        unpacked(bytes(data))


@pytest.mark.parametrize("size", [(1 << 20) + 1, 1 << 40])
@pytest.mark.parametrize("kind", HEADERS)
def test_headers_that_would_fill_the_memory(unpacked, kind: str, size: int) -> None:
    with pytest.raises(Malformed, match=f"header of {size} bytes"):
        unpacked(long_header(kind, size))


def test_where_paths_lie_inside(tmp_path: Path) -> None:
    root = str(tmp_path)
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "bin").symlink_to("usr/bin")
    (tmp_path / "usr/bin/python").symlink_to("/etc/alternatives/python")
    assert inside(root, "/bin/python") == f"{root}/etc/alternatives/python"
    assert inside(root, "bin/python", last=False) == f"{root}/usr/bin/python"
    assert inside(root, "../../..") == root
    assert inside(root, "bin/../../../x") == f"{root}/x"


@given(st.lists(st.sampled_from(["..", "a", "up", "abs", ".", "", "b"]), max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_lies_outside(tmp_path: Path, parts: list[str]) -> None:
    if not (tmp_path / "a").exists():
        (tmp_path / "a").mkdir()
        (tmp_path / "up").symlink_to("../../..")
        (tmp_path / "abs").symlink_to("/a/../../up")
    found = inside(str(tmp_path), "/".join(parts))
    assert found == str(tmp_path) or found.startswith(f"{tmp_path}/")
    assert ".." not in found.split("/")
