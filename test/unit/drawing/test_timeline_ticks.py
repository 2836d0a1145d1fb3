"""Marks of the axis, and the words for durations."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.drawing.durations import duration, exactly
from bigflow.drawing.ticks import ticks

UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3_600, "d": 86_400}


def seconds(words: str) -> float:
    """What a duration says."""
    parts = words.split()
    return sum(float(number) * UNITS[unit] for number, unit in zip(parts[::2], parts[1::2], strict=True))


@given(st.floats(0, 1e11), st.integers(1, 20))
def test_ticks_are_few_even_and_inside(length: float, most: int) -> None:
    found = ticks(length, most)
    assert found[0] == (0, "0")
    assert len(found) <= most + 1
    assert found[-1].at <= length + 0.001
    assert len({tick.label for tick in found}) == len(found)
    assert len({round((after.at - before.at) * 1_000) for before, after in pairwise(found)}) <= 1
    assert all(seconds(tick.label) == pytest.approx(tick.at) for tick in found[1:])


@given(st.floats(0.01, 1e8))
def test_there_are_enough_of_them(length: float) -> None:
    assert len(ticks(length, 10)) >= 4


@pytest.mark.parametrize(
    ("length", "labels"),
    [
        (0, "0"),
        (0.5, "0 50 ms 100 ms 150 ms"),
        (7, "0 1 s 2 s 3 s"),
        (100, "0 10 s 20 s 30 s"),
        (290, "0 30 s 1 m 1 m 30 s"),
        (3_600 * 5, "0 30 m 1 h 1 h 30 m"),
        (86_400 * 3, "0 12 h 1 d 1 d 12 h"),
    ],
)
def test_steps_are_those_of_clocks(length: float, labels: str) -> None:
    assert " ".join(tick.label for tick in ticks(length, 10)).startswith(labels)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (-3, "0.0 s"),
        (0.04, "0.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 m 00 s"),
        (65, "1 m 05 s"),
        (3_599.4, "59 m 59 s"),
        (3_599.6, "1 h 00 m"),
        (7_380, "2 h 03 m"),
        (86_399, "1 d 00 h"),
        (86_400 * 4 + 3_600 * 11, "4 d 11 h"),
        (86_400 * 1_000, "1000 d 00 h"),
    ],
)
def test_durations(length: float, words: str) -> None:
    assert duration(length) == words


@given(st.floats(0, 1e9))
def test_a_duration_is_nearly_true_and_its_parts_fit_into_each_other(length: float) -> None:
    words = duration(length)
    assert seconds(words) == pytest.approx(length, rel=0.01, abs=0.051)
    minor = words.split()[2:]
    assert not minor or int(minor[0]) < {"s": 60, "m": 60, "h": 24}[minor[1]]


def test_exact_words_have_no_zeros() -> None:
    assert [exactly(at) for at in (0, 5, 1_500, 60_000, 3_630_000)] == ["0", "5 ms", "1.5 s", "1 m", "1 h 30 s"]
