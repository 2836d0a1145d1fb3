"""The SVG is parsed, and its shapes are measured."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigflow.drawing.picture import Edge, Node, Picture
from bigflow.drawing.vector import svg
from bigflow.errors import UsageError

Sketch = Callable[[str], Picture]
Point = tuple[float, float]
NS = "{http://www.w3.org/2000/svg}"


class Box(NamedTuple):
    x: float
    y: float
    width: float
    height: float

    def holds(self, point: Point) -> bool:
        """Whether the point is inside, not on the edge."""
        return 1 < point[0] - self.x < self.width - 1 and 1 < point[1] - self.y < self.height - 1


class Shapes(NamedTuple):
    width: float
    height: float
    boxes: dict[str, Box]
    lines: dict[tuple[str, str], list[Point]]
    backs: dict[tuple[str, str], list[Point]]


def title(element: ElementTree.Element) -> str:
    return element.findtext(f"{NS}title") or ""


def shapes(source: str) -> Shapes:
    """Every box under its name, every line under its ends, as many points along its way."""
    root = ElementTree.fromstring(source)
    drawing = root.find(f"{NS}g")
    assert drawing is not None
    left, top = map(float, re.findall(r"[\d.]+", drawing.get("transform", "")))
    boxes: dict[str, Box] = {}
    for group in drawing.findall(f"{NS}g"):
        rect = group.find(f"{NS}rect")
        assert rect is not None
        assert title(group) not in boxes
        x, y, width, height = (float(rect.get(key, "")) for key in Box._fields)
        boxes[title(group)] = Box(left + x, top + y, width, height)
    found: dict[str, dict[tuple[str, str], list[Point]]] = {"edge": {}, "edge back": {}}
    for path in drawing.findall(f"{NS}path"):
        source_name, target_name = title(path).split(" → ")
        lines = found[path.get("class", "")]
        assert (source_name, target_name) not in lines
        lines[source_name, target_name] = [(left + x, top + y) for x, y in points(path.get("d", ""))]
    return Shapes(float(root.get("width", "")), float(root.get("height", "")), boxes, found["edge"], found["edge back"])


def points(path: str) -> Iterator[Point]:
    """Points along a path of M, L and C."""
    here = (0.0, 0.0)
    for command, words in re.findall(r"([MLC])([^MLC]+)", path):
        numbers = [float(word) for word in words.split()]
        ends = list(zip(numbers[::2], numbers[1::2], strict=True))
        for step in range(1, 21) if command != "M" else (20,):
            t = step / 20
            if command == "C":
                weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
                four = (here, *ends)
                yield tuple(sum(w * p[axis] for w, p in zip(weights, four, strict=True)) for axis in (0, 1))  # type: ignore[misc]
            else:
                yield tuple(a + (b - a) * t for a, b in zip(here, ends[0], strict=True))  # type: ignore[misc]
        here = ends[-1]


@settings(deadline=None)
@given(st.from_type(Picture))
def test_boxes_are_apart_and_inside_and_lines_lead_from_box_to_box(picture: Picture) -> None:
    seen = shapes(svg(picture))
    pairs = {(edge.source, edge.target) for edge in picture.edges}
    assert set(seen.boxes) == {node.id for node in picture.nodes} | {end for pair in pairs for end in pair}
    assert {*seen.lines, *seen.backs} == pairs
    assert not seen.lines.keys() & seen.backs.keys()
    for name, box in seen.boxes.items():
        assert box.x > 0 < box.y
        assert box.x + box.width < seen.width
        assert box.y + box.height < seen.height
        for other_name, other in seen.boxes.items():
            across = box.x < other.x + other.width and other.x < box.x + box.width
            along = box.y < other.y + other.height and other.y < box.y + box.height
            assert name == other_name or not (across and along)
    for (source, target), line in seen.lines.items():
        start, end = seen.boxes[source], seen.boxes[target]
        assert line[0] == pytest.approx((start.x + start.width, start.y + start.height / 2), abs=0.2)
        assert line[-1] == pytest.approx((end.x, end.y + end.height / 2), abs=0.2)
        assert all(after[0] >= before[0] - 0.01 for before, after in pairwise(line))
    for line in [*seen.lines.values(), *(line for pair, line in seen.backs.items() if pair[0] != pair[1])]:
        assert not [point for box in seen.boxes.values() for point in line if box.holds(point)]
        assert all(0 < x < seen.width and 0 < y < seen.height for x, y in line)


def test_a_line_that_closes_a_cycle_leads_back_beside_the_one_that_leads_there(sketch: Sketch) -> None:
    seen = shapes(svg(sketch("a > b > a; b > b")))
    assert set(seen.backs) == {("b", "a"), ("b", "b")}
    there, back = seen.lines["a", "b"], seen.backs["b", "a"]
    assert (back[0][0], back[-1][0]) == (there[-1][0], there[0][0])
    assert abs(back[0][1] - there[0][1]) > 5
    loop = seen.backs["b", "b"]
    assert loop[0][1] == loop[-1][1] == seen.boxes["b"].y > min(y for _, y in loop)


def test_any_text_is_escaped() -> None:
    nasty = "say \"hi\" & <b>'x'</b> ]]> --> \x00\x1b\ud800￾ <script>"
    source = svg(Picture(nasty, (Node(nasty, note=nasty, state=nasty),), (Edge(nasty, nasty),)))
    root = ElementTree.fromstring(source)
    assert {element.tag.removeprefix(NS) for element in root.iter()} == {
        "svg", "title", "desc", "style", "defs", "marker", "path", "rect", "text", "g",
    }  # fmt: skip
    assert title(root).startswith('say "hi" & <b>')
    assert source.encode("utf-8")


@settings(deadline=None)
@given(st.text(), st.text(), st.text(), st.text())
def test_any_picture_parses(own: str, label: str, state: str, note: str) -> None:
    ElementTree.fromstring(svg(Picture(label, (Node(own, label, state, note),), (Edge(own, note),))))


def test_nothing_is_fetched_or_run(sketch: Sketch) -> None:
    source = svg(sketch("a > b > a"))
    assert set(re.findall(r"https?://[^\"]+", source)) == {"http://www.w3.org/2000/svg"}
    assert set(re.findall(r"url\(([^)]*)\)", source)) == {"#bigflow-graph-head", "#bigflow-graph-head-back"}
    assert not re.search(r"<script|@import|@font-face|\bon\w+=", source)


def test_it_is_told_in_words_and_follows_the_reader_s_colours() -> None:
    picture = Picture(
        "daily", (Node("a", state="failed", note="0.1 s"), Node("b"), Node("c", state="odd")), (Edge("a", "b"),)
    )
    source = svg(picture)
    root = ElementTree.fromstring(source)
    assert (root.get("role"), title(root), root.findtext(f"{NS}desc")) == ("img", "daily", "3 nodes, 1 edge")
    classes = {title(group): group.get("class") for group in root.iter(f"{NS}g") if group.get("class")}
    assert classes == {"a: failed, 0.1 s": "node failed", "b": "node", "c: odd": "node"}
    light, dark = source.split("@media (prefers-color-scheme: dark)")
    assert ".failed .box" in light
    assert ".failed .box" in dark


def test_a_very_long_name_is_shortened_in_the_box_and_whole_in_the_tooltip() -> None:
    name = "read_" * 50 + "end"
    root = ElementTree.fromstring(svg(Picture("", (Node(name),), ())))
    shown = root.find(f".//{NS}g/{NS}text")
    assert shown is not None
    assert shown.text is not None
    assert len(shown.text) == 40
    assert shown.text.startswith("read_read_")
    assert shown.text.endswith("_end")
    box = root.find(f".//{NS}g/{NS}g")
    assert title(root if box is None else box) == name


def test_an_empty_picture_is_an_empty_sheet() -> None:
    seen = shapes(svg(Picture("", (), ())))
    assert (seen.boxes, seen.lines, seen.width, seen.height) == ({}, {}, 48.0, 48.0)


CHAIN = ";".join(f"n{number} > n{number + 1}" for number in range(200))


@pytest.mark.parametrize(
    "notation",
    [
        " ".join(f"n{number}" for number in range(5_001)),
        " ".join(f"a{number}" for number in range(80)) + " > " + " ".join(f"b{number}" for number in range(80)),
        CHAIN + "; " + " ".join(f"n{number}" for number in range(100)) + " > n200",
    ],
    ids=["nodes", "edges", "bends"],
)
def test_what_nobody_could_look_at_is_refused_with_a_way_out(notation: str, sketch: Sketch) -> None:
    with pytest.raises(UsageError, match="'sketch' is too large for an SVG") as caught:
        svg(sketch(notation))
    assert "text" in caught.value.hint


def test_a_chain_of_a_thousand_is_still_drawn(sketch: Sketch) -> None:
    seen = shapes(svg(sketch(";".join(f"n{number} > n{number + 1}" for number in range(999)))))
    assert (len(seen.boxes), len(seen.lines)) == (1_000, 999)
