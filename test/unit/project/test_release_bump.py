"""The next version: what 1.11 would have called it, and always a greater one."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bigflow.errors import UsageError
from bigflow.project import pep440
from bigflow.project.bump import Part, Tagged, bumped, chosen


def tagged(tag: str) -> Tagged:
    number = pep440.of_tag(tag)
    assert number is not None, tag
    return Tagged(tag, number)


@pytest.mark.parametrize(
    ("last", "part", "following"),
    [
        (None, "minor", "0.1"),
        (None, "major", "1.0"),
        (None, "patch", "0.0.1"),
        ("0.1.0", "minor", "0.2"),
        ("1.2", "minor", "1.3"),
        ("v1.2", "minor", "v1.3"),
        ("v1.2", "patch", "v1.2.1"),
        ("v1.2", "major", "v2.0"),
        ("1.2.3rc", "minor", "1.3"),
        ("1.2.3", "minor", "1.3"),
        ("1.2.3.4", "patch", "1.2.4"),
        ("1.9", "minor", "1.10"),
        ("7", "minor", "7.1"),
        ("release-0.9.9", "patch", "release-0.9.10"),
        ("shop/v2.0", "minor", "shop/v2.1"),
        ("1.2.post1", "patch", "1.2.1"),
    ],
)
def test_the_next_version(last: str | None, part: Part, following: str) -> None:
    assert bumped(tagged(last) if last else None, part).tag == following


@pytest.mark.parametrize(
    ("last", "wish", "tag"),
    [
        (None, "1.0", "1.0"),
        ("v1.2", "1.3", "v1.3"),
        ("v1.2", "v1.3", "v1.3"),
        ("1.2", "v1.3", "v1.3"),
        ("v1.2", "release-2", "release-2"),
        ("v1.2", "2.0rc1", "v2.0rc1"),
        ("v2.0rc1", "2.0", "v2.0"),
        ("1.2", "1.2.post1", "1.2.post1"),
    ],
)
def test_a_version_that_the_user_names(last: str | None, wish: str, tag: str) -> None:
    assert chosen(tagged(last) if last else None, wish).tag == tag


@pytest.mark.parametrize(
    "wish", ["", "next", "v", "1.2.x", "1 2", "1.2.dev1", "1.2+local", "1!2.0", "-1", "v 1.2", "*1.2", "ü1.2", "v1.2-"]
)
def test_what_is_no_release(wish: str) -> None:
    with pytest.raises(UsageError, match="is not a version"):
        chosen(None, wish)


@pytest.mark.parametrize("wish", ["1.2", "v1.2", "1.2.0", "1.1.9", "1.2rc1", "0.9"])
def test_what_is_not_greater(wish: str) -> None:
    with pytest.raises(UsageError, match=r"not greater than 1\.2, the last version here \(tag v1\.2\)") as refused:
        chosen(tagged("v1.2"), wish)
    assert "--version 1.3" in refused.value.hint


numbers = st.lists(st.integers(0, 999), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))


@given(
    st.sampled_from(["", "v", "release-", "shop/v"]),
    numbers,
    st.sampled_from(["", "rc1", "a", ".post2", ".dev3", "b2.dev1"]),
    st.sampled_from(["major", "minor", "patch"]),
)
def test_the_next_version_is_greater_and_can_be_found_again(prefix: str, number: str, rest: str, part: Part) -> None:
    last = tagged(prefix + number + rest)
    following = bumped(last, part)
    assert following.number.key > last.number.key
    assert pep440.of_tag(following.tag) == following.number
    assert following.prefix == prefix


@given(numbers, numbers)
def test_a_named_version_is_taken_exactly_if_it_is_greater(last: str, wish: str) -> None:
    assume(pep440.parse(last) is not None)
    greater = tagged(wish).number.key > tagged(last).number.key
    try:
        assert chosen(tagged(last), wish).number.text == wish
        assert greater
    except UsageError:
        assert not greater
