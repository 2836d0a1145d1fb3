"""Numbers of bytes in words."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.drawing.sizes import growth, size


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1_000, "1.0 kB"), (9_949, "9.9 kB"), (9_950, "10 kB"),
        (999_499, "999 kB"), (999_500, "1.0 MB"), (41_000_000, "41 MB"), (2_500_000_000, "2.5 GB"),
        (4_000_000_000_000, "4,000 GB"),
    ],
)  # fmt: skip
def test_sizes(count: int, words: str) -> None:
    assert size(count) == words


@given(st.integers(0, 10**13), st.integers(0, 10**13))
def test_growth_has_the_sign_of_the_difference(before: int, after: int) -> None:
    words = growth(before, after)
    assert words[:1] == ("" if before == after else "+" if after > before else "-")
    assert words[1:] == ("" if before == after else size(abs(after - before)))


@given(st.integers(1, 10**12))
def test_a_size_is_told_with_two_digits_at_least(count: int) -> None:
    number, unit = size(count).replace(",", "").rsplit(" ", 1)
    worth = {"byte": 1, "bytes": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}[unit]
    assert abs(float(number) * worth - count) <= count * 0.0501
    assert re.fullmatch(r"\d\.\d|\d{1,4}", number)
