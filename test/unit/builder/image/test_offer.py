import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.bases import PASSWD, base_of, glibc, like_debian, program

from bigflow.builder.image.offer import Offer, _Files, offer_of
from bigflow.containers.digest import Mismatch
from bigflow.containers.documents import Malformed
from bigflow.containers.layer import Entry, layer_from, opaque, whiteout
from bigflow.containers.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


def offer(store: Store, *layers: tuple[Entry, ...], path: str = "") -> Offer:
    return offer_of(base_of(store, *layers, env=(("PATH", path),) if path else ()), store)


def test_of_a_debian(store: Store) -> None:
    found = offer(store, like_debian())
    assert found == Offer((("3.11", "/usr/bin/python3.11"),), "2.36", False, PASSWD, "root:x:0:\n")


def test_of_an_alpine(store: Store) -> None:
    found = offer(store, (program("usr/bin/python3.12"), Entry("lib/ld-musl-x86_64.so.1", content=b"musl")))
    assert (found.glibc, found.musl, found.pythons) == ("", True, (("3.12", "/usr/bin/python3.12"),))


def test_the_path_decides_which_pythons_count_and_which_comes_first(store: Store) -> None:
    layer = (program("usr/bin/python3.11"), program("usr/local/bin/python3.12"), program("opt/hidden/python3.13"))
    assert dict(offer(store, layer).pythons) == {
        "3.12": "/usr/local/bin/python3.12",
        "3.11": "/usr/bin/python3.11",
    }
    assert [version for version, _ in offer(store, layer, path="/usr/bin:/usr/local/bin").pythons] == ["3.11", "3.12"]
    assert offer(store, layer, path="/sbin").pythons == ()


def test_of_two_with_one_version_the_first_counts(store: Store) -> None:
    layer = (program("usr/bin/python3.12"), program("usr/local/bin/python3.12"))
    assert offer(store, layer).pythons == (("3.12", "/usr/local/bin/python3.12"),)


def test_links_are_followed_as_in_the_image(store: Store) -> None:
    layer = (
        Entry("usr/local/bin/python3.12", "link", target="../../../opt/python/bin/python3.12"),
        Entry("opt/python", "link", target="/srv/py"),
        program("srv/py/bin/python3.12"),
    )
    assert offer(store, layer).pythons == (("3.12", "/srv/py/bin/python3.12"),)


@pytest.mark.parametrize("target", ["python3.12", "/usr/bin/python3.12", "../bin/python3.12", "nowhere"])
def test_a_link_that_leads_to_nothing_is_no_python(store: Store, target: str) -> None:
    assert offer(store, (Entry("usr/bin/python3.12", "link", target=target),)).pythons == ()


def test_what_is_no_program_is_no_python(store: Store) -> None:
    others = (Entry("usr/bin/python3.12"), program("usr/bin/python3.12-config"), program("usr/bin/python2.7"))
    assert offer(store, (*(Entry(one.path, content=b"") for one in others),)).pythons == ()


def test_a_later_layer_takes_away(store: Store) -> None:
    assert offer(store, like_debian(), (whiteout("usr/bin/python3.11"),)).pythons == ()
    assert offer(store, like_debian(), (whiteout("usr"),)).glibc == ""
    replaced = offer(store, like_debian(), (opaque("usr/bin"), program("usr/bin/python3.12")))
    assert replaced.pythons == (("3.12", "/usr/bin/python3.12"),)
    assert offer(store, like_debian(), (Entry("etc/passwd", content=b"other"),)).passwd == "other"


@pytest.mark.parametrize("mark", ["usr/bin/.wh..wh..opq", "usr/.wh.bin", "usr/bin/.wh.python3.12"])
@pytest.mark.parametrize("first", [True, False])
def test_what_a_layer_brings_is_safe_from_what_it_says_is_gone(store: Store, mark: str, first: bool) -> None:
    """Whatever the order in its tar."""
    names = [mark, "usr/bin/python3.12"] if first else ["usr/bin/python3.12", mark]
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        for name in names:
            info = tarfile.TarInfo(f"./{name}")
            info.mode = 0o755
            archive.addfile(info, io.BytesIO())
    layer = layer_from([tar.getvalue()], store)
    image = base_of(store, (*like_debian("3.11"), program("usr/bin/python3.12"))).with_layers(layer)
    assert ("3.12", "/usr/bin/python3.12") in offer_of(image, store).pythons


def test_an_old_glibc_is_read_by_its_other_name(store: Store) -> None:
    layer = (glibc("2.31", "lib/x86_64-linux-gnu/libc-2.31.so"), Entry("lib/libc.so.6", "link", target="libc-2.31.so"))
    assert offer(store, layer).glibc == "2.31"


def test_it_is_read_once(store: Store) -> None:
    image = base_of(store, like_debian())
    first = offer_of(image, store)
    Path(store.path(image.layers[0].blob.digest)).unlink()
    assert offer_of(image, store) == first
    (kept,) = Path(store.folder, "offers").iterdir()
    for damage in ("", "{}", '{"pythons": 3}', "[]"):
        kept.write_text(damage)
        with pytest.raises(Exception, match="cannot be read"):
            offer_of(image, store)


def test_a_damaged_layer_is_noticed(store: Store) -> None:
    image = base_of(store, like_debian())
    path = Path(store.path(image.layers[0].blob.digest))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.chmod(0o644)
    path.write_bytes(data)
    with pytest.raises((Mismatch, Malformed)):
        offer_of(image, store)


@given(st.dictionaries(st.sampled_from("abc"), st.text("abc./", min_size=1, max_size=8)), st.text("abc./", max_size=12))
def test_no_chain_of_links_goes_on_for_ever_or_leads_out(links: dict[str, str], path: str) -> None:
    files = _Files()
    files.links.update(links)
    resolved = files.resolved(path)
    assert not resolved.startswith("/") and ".." not in resolved.split("/")
