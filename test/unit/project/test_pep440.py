"""pep440: a text in, a number that can be compared out, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import InvalidVersion, Version

from bigflow.project import pep440

ORDER = [
    "0",
    "0.1.dev1",
    "0.1a1",
    "0.1",
    "1.0.dev1",
    "1.0.dev2+g1",
    "1.0a1.dev2",
    "1.0a1",
    "1.0a2",
    "1.0b1",
    "1.0rc1.dev3",
    "1.0rc1",
    "1.0rc1.post1.dev1",
    "1.0rc1.post1",
    "1.0",
    "1.0+local",
    "1.0.post1.dev1",
    "1.0.post1",
    "1.0.1",
    "1.2",
    "1.10",
    "2024.1",
]


def key(text: str) -> pep440.SortKey:
    number = pep440.parse(text)
    assert number is not None, text
    return number.key


@given(st.permutations(ORDER))
def test_the_order_of_versions(shuffled: list[str]) -> None:
    assert sorted(shuffled, key=key) == ORDER


NUMBERS = st.sampled_from(["", "0", "1", "2", "10"])
SEPARATORS = st.sampled_from(["", ".", "-", "_"])
PARTS = st.builds(
    "".join,
    st.tuples(SEPARATORS, st.sampled_from(["a", "Beta", "rc", "c", "post", "r", "dev", ""]), SEPARATORS, NUMBERS),
)
TEXTS = st.builds("".join, st.tuples(st.sampled_from(["0", "1", "1.0", "1.2.0", "10"]), PARTS, PARTS, PARTS))


@given(TEXTS, TEXTS)
def test_the_packaging_library_agrees(left: str, right: str) -> None:
    def reference(text: str) -> Version | None:
        try:
            return Version(text)
        except InvalidVersion:
            return None

    for text in (left, right):
        assert (pep440.parse(text) is None) == (reference(text) is None), text
    ours, theirs = [pep440.parse(t) for t in (left, right)], [reference(t) for t in (left, right)]
    if None not in ours:
        assert (ours[0].key < ours[1].key) == (theirs[0] < theirs[1])  # type: ignore[union-attr,operator]


@pytest.mark.parametrize(
    "spellings",
    [
        ("1", "1.0", "1.0.0", "01"),
        ("1.0rc1", "1.0-rc.1", "1.0RC1", "1.0c1", "1.0_pre1", "1.0preview1"),
        ("1.0a0", "1.0a", "1.0alpha", "1.0-alpha"),
        ("1.0.post2", "1.0-2", "1.0rev2", "1.0r2"),
        ("1.0.dev0", "1.0dev", "1.0-DEV0"),
    ],
)
def test_spellings_of_one_version(spellings: tuple[str, ...]) -> None:
    assert len({key(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v1",
        "1.",
        ".1",
        "1..2",
        "1!2.0",
        "1.0-final",
        "1.0+",
        "1.0+a+b",
        "1.0 ",
        "1.0\n",
        "१.०",
        "1.0a1b1",
        "0+BROKEN!",
        "9" * 5000,
        "1.0po\u017ft1",
    ],
)
def test_what_is_no_version(text: str) -> None:
    assert pep440.parse(text) is None


@given(st.text(max_size=30))
def test_any_text_is_answered(text: str) -> None:
    number = pep440.of_tag(text)
    assert number is None or text.endswith(number.text)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("v1.2", "1.2"),
        ("release-1.2rc1", "1.2rc1"),
        ("shop/v1.2", "1.2"),
        ("1.2", "1.2"),
        ("nightly", None),
        ("v", None),
    ],
)
def test_a_tag_loses_what_stands_before_its_number(tag: str, expected: str | None) -> None:
    number = pep440.of_tag(tag)
    assert (number and number.text) == expected


@pytest.mark.parametrize(
    ("text", "countable"), [("1.2", True), ("1.2rc", True), ("1.2.post1", True), ("1.2.dev1", False), ("1+x", False)]
)
def test_what_versions_can_be_counted_from(text: str, countable: bool) -> None:
    number = pep440.parse(text)
    assert number is not None
    assert number.countable is countable
    assert (pep440.parse(f"{text}.dev3+gabc") is not None) is countable
