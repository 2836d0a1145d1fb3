"""The chart is parsed as XML, and its bars are measured."""

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.drawing.timeline import Bar, Row, Timeline, timeline_svg

NS = "{http://www.w3.org/2000/svg}"
STATES = ("success", "failed", "killed", "interrupted", "running", "no such state", '"><script>')

anything = st.text(st.characters(), max_size=40)
moments = st.floats(-1e7, 1e10) | st.floats(0, 5) | st.sampled_from([0.0, float("nan"), float("inf")])
bars = st.builds(Bar, moments, st.floats(0, 1e9) | st.floats(-1, 1), st.sampled_from(STATES), anything)
rows = st.builds(Row, anything, st.lists(bars, max_size=4).map(tuple), st.sampled_from(["", "job-1", '"x']))
timelines = st.builds(Timeline, anything, st.lists(rows, max_size=30).map(tuple))


def drawn(*rows: Row) -> ElementTree.Element:
    return ElementTree.fromstring(timeline_svg(Timeline("t", rows)))


def shapes(root: ElementTree.Element) -> list[tuple[float, float, float, float]]:
    found = [rect for rect in root.iter(f"{NS}rect") if rect.get("class", "").startswith("bar")]
    return [tuple(float(rect.get(key, "nan")) for key in ("x", "width", "y", "height")) for rect in found]  # type: ignore[misc]


def marks(root: ElementTree.Element) -> list[tuple[float, str]]:
    ticks = [text for text in root.iter(f"{NS}text") if text.get("class") == "tick"]
    return [(float(text.get("x", "nan")), text.text or "") for text in ticks]


def one(start: float, seconds: float, state: str = "success") -> Row:
    return Row("job", (Bar(start, seconds, state, ""),))


@given(timelines)
def test_no_bar_is_outside_of_the_chart_and_none_is_invisible(timeline: Timeline) -> None:
    root = ElementTree.fromstring(timeline_svg(timeline))
    width, height = (float(number) for number in root.get("viewBox", "").split()[2:])
    for x, bar_width, y, bar_height in shapes(root):
        assert bar_width >= 3
        assert 0 <= x <= x + bar_width <= width
        assert 0 <= y <= y + bar_height <= height
    for x, label in marks(root):
        assert 0 <= x - 3.3 * len(label) <= x + 3.3 * len(label) <= width


@given(timelines)
def test_every_bar_with_a_place_in_time_is_there(timeline: Timeline) -> None:
    wanted = sum(
        abs(bar.start) < 1e11 and 0 <= bar.seconds < 1e11 for row in timeline.rows for bar in row.bars
    )  # neither is true of NaN and infinity
    assert len(shapes(ElementTree.fromstring(timeline_svg(timeline)))) == wanted


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e5)), min_size=2, max_size=20))
def test_what_began_earlier_is_further_left(stretches: list[tuple[float, float]]) -> None:
    placed = shapes(drawn(*(one(start, seconds) for start, seconds in sorted(stretches))))
    assert all(left[0] <= right[0] + 0.011 for left, right in pairwise(placed))


def test_lengths_are_in_proportion() -> None:
    (_, short, *_), (_, long, *_) = shapes(drawn(one(0, 10), one(10, 30)))
    assert long == pytest.approx(3 * short, rel=0.01)


def test_what_has_no_length_at_the_end_ends_with_the_others() -> None:
    (x, width, *_), (last_x, last_width, *_) = shapes(drawn(one(0, 10), one(10, 0)))
    assert last_x + last_width == pytest.approx(x + width)


def test_retries_are_bars_of_one_row_that_do_not_touch() -> None:
    row = Row("job", (Bar(0, 1, "failed", ""), Bar(2, 1, "failed", ""), Bar(4, 1, "success", "")))
    placed = shapes(drawn(row))
    assert len({y for _, _, y, _ in placed}) == 1
    assert all(left[0] + left[1] < right[0] for left, right in pairwise(placed))


def test_a_clock_that_went_back_moves_the_beginning() -> None:
    (early, *_), (late, *_) = shapes(drawn(one(-5, 1), one(0, 1)))
    assert early < late


def test_the_total_is_written_where_there_is_room() -> None:
    """Behind the first bar, before the second, and nowhere beside one that takes the whole width."""
    texts = {
        text.get("text-anchor"): text.text
        for text in drawn(one(0, 2), one(90, 10)).iter(f"{NS}text")
        if text.get("class") == "took"
    }
    assert texts == {"start": "2.0 s", "end": "10.0 s"}
    assert "took" not in timeline_svg(Timeline("", (one(0, 5),)))


def test_the_axis_is_repeated_only_below_many_rows() -> None:
    few, many = drawn(*[one(0, 10)] * 3), drawn(*[one(0, 10)] * 60)
    assert len(marks(many)) == 2 * len(marks(few)) > 2


def test_a_label_leads_to_its_element_and_the_tip_has_all_of_a_long_one() -> None:
    name = "a" * 50 + "<b>" + "c" * 50
    (link,) = drawn(Row(name, (), "job-7")).iter(f"{NS}a")
    assert link.get("href") == "#job-7"
    text = link.find(f"{NS}text")
    assert text is not None and text.findtext(f"{NS}title") == name
    assert len("".join(text.itertext())) < len(name) + 40


def test_a_state_that_nobody_knows_brings_nothing_into_the_markup() -> None:
    (rect,) = (rect for rect in drawn(one(0, 1, '" onload="x')).iter(f"{NS}rect"))
    assert (rect.get("class"), rect.get("onload")) == ("bar ", None)


def test_nothing_at_all_is_drawn_too() -> None:
    assert shapes(drawn()) == shapes(drawn(Row("job", ()))) == []
