"""JSON: ours has one form, that of strangers is read with care."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.containers.descriptor import Platform, platform_named, read_descriptor
from bigflow.containers.documents import Document, Malformed, canonical, parsed
from bigflow.errors import UsageError

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=5), PLAIN))
def test_the_order_of_keys_does_not_matter(data: dict[str, object]) -> None:
    text = canonical(data)
    assert canonical(dict(reversed(data.items()))) == text
    assert json.loads(text) == data
    assert text.isascii()


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"1", b"{", b'{"a":NaN}', b"\xff{}", b"[" * 100_000, b'{"a":' + b"9" * 5000 + b"}"]
)
def test_what_is_no_object(data: bytes) -> None:
    with pytest.raises(Malformed, match="the thing"):
        parsed(data, "the thing")


@pytest.mark.parametrize("value", [None, 1, "x", [1], {"a": 1}, [None], True, -1, 1.5, 1 << 63])
def test_values_are_what_they_should_be_or_refused(value: object) -> None:
    document = Document("it", {"key": value})
    readers = {
        "text": (document.text, str),
        "number": (document.number, int),
        "texts": (document.texts, tuple),
        "part": (document.part, Document),
        "parts": (document.parts, tuple),
        "pairs": (document.pairs, tuple),
    }
    for name, (read, kind) in readers.items():
        try:
            found = read("key")
        except Malformed as error:
            assert "'key'" in error.message or "'a'" in error.message, name
        else:
            assert isinstance(found, kind)
    absent = {
        name for name in ("texts", "part", "parts", "pairs") if value is None and readers[name][0]("key") is not None
    }
    assert absent == ({"texts", "part", "parts", "pairs"} if value is None else set())


@pytest.mark.parametrize("value", [True, -1, "1", 1.5, 1 << 63])
def test_a_size_is_a_number_of_bytes(value: object) -> None:
    with pytest.raises(Malformed):
        Document("it", {"size": value}).number("size")


@pytest.mark.parametrize("digest", ["sha256:x", "../../etc/passwd", "sha256:" + "A" * 64, "sha512:" + "a" * 128, ""])
def test_a_descriptor_with_a_digest_that_is_none(digest: str) -> None:
    with pytest.raises(Malformed):
        read_descriptor(Document("it", {"mediaType": "x", "size": 1, "digest": digest}))


def test_platforms() -> None:
    assert platform_named("linux/arm/v7") == Platform("linux", "arm", "v7")
    assert str(Platform("linux", "arm", "v7")) == "linux/arm/v7"
    for wrong in ("linux", "", "linux/", "a/b/c/d", "Linux/amd64", "linux/amd 64"):
        with pytest.raises(UsageError):
            platform_named(wrong)


@pytest.mark.parametrize(
    ("wanted", "offered", "fits"),
    [
        ("linux/amd64", "linux/amd64", True),
        ("linux/amd64", "linux/arm64", False),
        ("linux/amd64", "windows/amd64", False),
        ("linux/arm64", "linux/arm64/v8", True),
        ("linux/arm64/v8", "linux/arm64", True),
        ("linux/arm/v6", "linux/arm/v7", False),
        ("linux/arm64/v9", "linux/arm64", False),
    ],
)
def test_which_platform_takes_which(wanted: str, offered: str, fits: bool) -> None:
    assert platform_named(wanted).takes(platform_named(offered)) is fits
