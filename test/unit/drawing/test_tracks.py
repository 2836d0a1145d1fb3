"""The order of vertical lines."""

from hypothesis import given
from hypothesis import strategies as st

from bigflow.drawing.tracks import Bar, tracks

ROWS = st.permutations(range(8))


def lines_over_lines(left: Bar, right: Bar) -> int:
    """Lines that leave the left bar cross the right one where it passes; what comes to the right crosses the left."""
    leaving = [row for row in left.leave if right.top < row < right.bottom]
    coming = [row for row in right.arrive if left.top < row < left.bottom]
    return len(leaving) + len(coming)


@given(ROWS)
def test_of_two_bars_the_one_stands_left_that_crosses_less(rows: list[int]) -> None:
    one = Bar(frozenset(rows[:2]), frozenset(rows[2:4]))
    other = Bar(frozenset(rows[4:6]), frozenset(rows[6:]))
    first, second = tracks([one, other])
    apart = one.bottom < other.top or other.bottom < one.top
    assert (first == second) == apart
    if not apart:
        chosen = (one, other) if first < second else (other, one)
        assert lines_over_lines(*chosen) <= lines_over_lines(*reversed(chosen))


def test_a_net_in_one_row_needs_no_bar_and_bars_that_do_not_meet_share_a_column() -> None:
    level = Bar(frozenset({0}), frozenset({0}))
    upper = Bar(frozenset({1}), frozenset({1, 2}))
    lower = Bar(frozenset({3, 4}), frozenset({3}))
    assert tracks([level, upper, lower]) == [0, 1, 1]
