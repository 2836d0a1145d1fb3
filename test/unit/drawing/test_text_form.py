"""What a terminal shows: whole drawings as files, and rules that hold for every graph."""

import os
import re
from collections.abc import Callable
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigflow.drawing.picture import Edge, Node, Picture
from bigflow.drawing.terminal import text
from bigflow.drawing.words import one_line

Sketch = Callable[[str], Picture]
SNAPSHOTS = Path(__file__).parent / "snapshots"
MANY = 10_000

GRAPHS = {
    "example": "fetch > clean > by_country by_product > report",
    "one": "fetch",
    "chain": "extract > clean > load > report",
    "fan": "start > " + " ".join(f"shop_{number}" for number in range(1, 9)) + " > finish",
    "skip": "fetch > clean > load > report; fetch > report; clean > report",
    "hub": "settings > extract > clean > load; settings > clean; settings > load",
    "roots": "orders > orders_clean > join; users > users_clean > join; "
    "join > daily weekly > publish; users_clean > audit",
    "zigzag": "a > c d; b > d e",
    "all_to_all": "a b c > x y z",
    "parts": "a > b c; d > e; f; g > h",
    "tree": "all > north south; north > oslo bergen; south > rome nice malaga",
    "join_tree": "oslo bergen > north; rome nice malaga > south; north south > all",
    "circle": "a > b > c > b; c > d > d; d > a",
    "tangle": "a > x y z; b > y z w; c > z w x; d > w x y; x y > p; y z > q; z w > r; w x > s",
    "long_names": "read_the_orders_of_the_day > join_orders_with_customers > write_the_daily_report; "
    "read_the_customers > join_orders_with_customers",
    "stages": "start > " + " ".join(f"shop_{number}" for number in range(8)) + " > middle > "
    + " ".join(f"a_long_name_for_job_{number}" for number in range(3)) + " > one_more > end_of_it_all; "
    "start > end_of_it_all; shop_1 > end_of_it_all; middle > the_name_of_this_job_takes_more_than_half_of_the_line",
}  # fmt: skip


def picture(name: str, sketch: Sketch) -> Picture:
    return sketch(GRAPHS[name])


@pytest.mark.parametrize("name", GRAPHS)
def test_a_drawing_is_what_a_careful_person_would_draw(name: str, sketch: Sketch) -> None:
    shown = text(picture(name, sketch), width=80) + "\n"
    file = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS") == "1":
        file.write_text(shown, encoding="utf-8")
    assert shown == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["example", "zigzag", "circle", "stages"])
def test_ascii_says_the_same(name: str, sketch: Sketch) -> None:
    shown = text(picture(name, sketch), width=80, unicode=False) + "\n"
    file = SNAPSHOTS / f"{name}.ascii.txt"
    if os.environ.get("UPDATE_SNAPSHOTS") == "1":
        file.write_text(shown, encoding="ascii")
    assert shown == file.read_text(encoding="ascii")


def test_every_snapshot_is_looked_at() -> None:
    known = {f"{name}.txt" for name in GRAPHS} | {f"{n}.ascii.txt" for n in ("example", "zigzag", "circle", "stages")}
    assert {file.name for file in SNAPSHOTS.iterdir()} == known


def test_nothing_is_drawn_as_empty() -> None:
    assert text(Picture("daily", (), ())) == "(empty)"


@settings(deadline=None)
@given(st.from_type(Picture), st.integers(1, 100), st.booleans())
def test_every_name_is_there_and_no_line_is_longer_than_it_must_be(picture: Picture, width: int, unicode: bool) -> None:
    shown = text(picture, width, unicode=unicode)
    ids = {node.id for node in picture.nodes} | {end for edge in picture.edges for end in (edge.source, edge.target)}
    assert ids <= set(re.findall(r"n\d+", shown))
    names = 2 * max(map(len, ids), default=3) + 12  # what a line of a list holds in any case
    drawn, *_ = shown.partition("closes a cycle")
    assert max(map(len, drawn.splitlines())) <= max(width, names)
    assert all(line == line.rstrip() for line in shown.splitlines())
    assert unicode or shown.isascii()


@settings(deadline=None)
@given(st.from_type(Picture))
def test_an_edge_is_set_apart_only_where_there_is_a_cycle(picture: Picture) -> None:
    closing = re.findall(r"closes a cycle: (n\d+) → (n\d+)", text(picture))
    edges = [(edge.source, edge.target) for edge in picture.edges]
    assert bool(closing) == has_cycle(edges)
    assert set(closing) <= set(edges)
    assert not has_cycle([pair for pair in edges if pair not in closing])


def has_cycle(edges: list[tuple[str, str]]) -> bool:
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for source, target in edges:
        sorter.add(target, source)
    try:
        sorter.prepare()
    except CycleError:
        return True
    return False


def test_a_name_that_looks_like_lines_is_quoted() -> None:
    shown = text(Picture("", (Node("a ── b"), Node("-"), Node(""), Node("by-day.v2")), ()))
    assert shown.splitlines() == ['"a ── b"', '"-"', '""', "by-day.v2"]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("two\nlines", "two lines"),
        ("\x1b[31mred", "\ufffd[31mred"),
        ("right\u202eleft", "rightleft"),
        ("zero\u200bwidth", "zerowidth"),
        ("\ud800", "\ufffd"),
        ("tab\tand\xa0space", "tab and space"),
        ("zażółć", "zażółć"),
    ],
)
def test_names_are_shown_on_one_line_without_what_a_terminal_would_obey(raw: str, shown: str) -> None:
    assert text(Picture("", (Node("x", label=raw),), ())) == shown


@given(st.text())
def test_any_name_is_one_line_and_ascii_when_asked(label: str) -> None:
    shown = text(Picture("", (Node("id", label=label),), ()), unicode=False)
    assert shown.isascii()
    assert shown.isprintable()
    assert one_line(one_line(label)) == one_line(label)


def test_wide_and_combined_characters_keep_columns_straight(sketch: Sketch) -> None:
    assert text(sketch("売上 e\u0301te\u0301 x > end")).splitlines() == [
        "売上 ─┬─ end",
        "e\u0301te\u0301 ──┤",
        "x ────┘",
    ]


def test_state_and_note_are_in_the_drawing_but_not_among_parents() -> None:
    picture = Picture("", (Node("a", state="failed", note="0.1 s"), Node("b", note="2 rows")), (Edge("a", "b"),))
    assert text(picture) == "a [failed, 0.1 s] ── b [2 rows]"
    assert text(picture, width=20).splitlines() == ["1  a [failed, 0.1 s]", "2  b [2 rows]", "       ← a"]


def test_doubled_nodes_and_edges_are_drawn_once_and_strangers_too() -> None:
    edges = (Edge("a", "b"), Edge("a", "b"), Edge("b", "nobody"))
    assert text(Picture("", (Node("a"), Node("b", "B"), Node("b", "other")), edges)) == "a ── B ── nobody"


CHAIN = ";".join(f"n{number} > n{number + 1}" for number in range(MANY))


@pytest.mark.parametrize(
    ("notation", "last"),
    [
        (CHAIN, f"{MANY + 1}  n{MANY}  ← n{MANY - 1}"),
        ("s > " + " ".join(f"j{number}" for number in range(MANY)) + " > end", "3  end    ← all of 2"),
        (" ".join(f"n{number}" for number in range(MANY)), "   n9999"),
        (CHAIN + f";n0 > n{MANY}", f"{MANY + 1}  n{MANY}  ← n{MANY - 1}, n0"),
    ],
    ids=["chain", "fan", "singles", "chain with a shortcut"],
)
def test_ten_thousand_nodes_are_listed(notation: str, last: str, sketch: Sketch) -> None:
    assert text(sketch(notation)).splitlines()[-1] == last


def test_a_chain_of_fifty_thousand_that_bites_its_tail_does_not_exhaust_the_stack() -> None:
    ids = [f"n{number}" for number in range(50_000)]
    edges = (*(Edge(*pair) for pair in pairwise(ids)), Edge(ids[-1], ids[0]))
    shown = text(Picture("", tuple(map(Node, ids)), edges))
    assert shown.endswith("\n\ncloses a cycle: n49999 → n0")
