"""Mermaid flowcharts, read back by rules that are narrower than Mermaid's own grammar."""

import json
import re
from collections.abc import Callable
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.drawing.flowchart import mermaid
from bigflow.drawing.picture import Edge, Node, Picture
from bigflow.drawing.words import one_line

# What the real parser takes anywhere; the labels hold only words and entities.
NODE = re.compile(r'    ([A-Za-z][A-Za-z0-9_]*)\["((?:[\w .-]|#\d+;|<br/>)+)"\]')
EDGE = re.compile(r"    ([A-Za-z]\w*) (-->|-\. closes a cycle \.->) ([A-Za-z]\w*)")


def read_back(source: str) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The label of every id, and the edges between labels."""
    lines = source.split("\n")
    body = lines[lines.index("flowchart LR") + 1 :]
    nodes = [match for line in body if (match := NODE.fullmatch(line))]
    edges = [match for line in body if (match := EDGE.fullmatch(line))]
    colours = [line for line in body if re.fullmatch(r"    class(Def)? [\w,#: -]+", line)]
    assert len(nodes) + len(edges) + len(colours) == len(body)
    assert len({match[1] for match in nodes}) == len(nodes)
    label = {match[1]: unescape(match[2].replace("<br/>", "\n").replace("#", "&#")) for match in nodes}
    return label, [(label[match[1]], label[match[3]]) for match in edges]


def test_the_example_reads_like_a_hand_written_one(sketch: Callable[[str], Picture]) -> None:
    assert mermaid(sketch("fetch > clean > by_country by_product")).splitlines() == [
        "---",
        'title: "sketch"',
        "---",
        "flowchart LR",
        '    fetch["fetch"]',
        '    clean["clean"]',
        '    by_country["by_country"]',
        '    by_product["by_product"]',
        "    fetch --> clean",
        "    clean --> by_country",
        "    clean --> by_product",
    ]


@given(st.from_type(Picture))
def test_every_node_and_every_edge_is_there(picture: Picture) -> None:
    labels, edges = read_back(mermaid(picture))
    pairs = {(edge.source, edge.target) for edge in picture.edges}
    assert set(labels.values()) == {node.id for node in picture.nodes} | {end for pair in pairs for end in pair}
    assert sorted(edges) == sorted(pairs)


@given(st.lists(st.text(), unique=True, min_size=1, max_size=6), st.text(), st.text())
def test_any_text_survives_as_id_label_and_note(ids: list[str], label: str, note: str) -> None:
    picture = Picture("", tuple(Node(own, label, note=note) for own in ids), (Edge(ids[0], ids[-1]),))
    labels, edges = read_back(mermaid(picture))
    expected = ["\n".join(filter(None, (one_line(label) or one_line(own), one_line(note)))) or " " for own in ids]
    assert list(labels.values()) == expected
    assert edges == [(expected[0], expected[-1])]


WORDS = [
    *("call", "class", "classDef", "click", "default", "direction", "end", "End", "END", "flowchart", "graph"),
    *("Graph", "href", "interpolate", "linkStyle", "style", "subgraph"),
]


def test_words_of_the_grammar_are_labels_but_not_ids() -> None:
    labels, _ = read_back(mermaid(Picture("", tuple(map(Node, WORDS)), ())))
    assert list(labels.values()) == WORDS
    assert not {own.lower() for own in labels} & {word.lower() for word in WORDS}


def test_an_id_that_looks_like_one_of_our_numbers_takes_nobodys_place() -> None:
    labels, _ = read_back(mermaid(Picture("", (Node("n1"), Node("a b"), Node("n0"), Node("x_1")), ())))
    assert labels == {"n0": "n1", "n1": "a b", "n2": "n0", "x_1": "x_1"}


@pytest.mark.parametrize(
    ("raw", "written"),
    [
        ('say "hi"', "say #34;hi#34;"),
        ("a]b", "a#93;b"),
        ("<b>&amp;", "#60;b#62;#38;amp#59;"),
        ("`code` #35;", "#96;code#96; #35;35#59;"),
        ("1. first", "1#46; first"),
        ("- item", "#45; item"),
        ("__init__", "#95;#95;init#95;#95;"),
        ("by_day.v-2", "by_day.v-2"),
        ("żółć 日本", "żółć 日本"),
        ("a\nb", "a b"),
    ],
)
def test_only_words_are_written_plainly(raw: str, written: str) -> None:
    assert mermaid(Picture("", (Node("x", raw),), ())).endswith(f'x["{written}"]')


@pytest.mark.parametrize("title", ['"quoted": # --- \\', "---\nflowchart TB", "日本\x1b\u2028"])
def test_a_title_cannot_leave_its_line(title: str) -> None:
    first, second, third, fourth = mermaid(Picture(title, (), ())).split("\n")
    assert (first, third, fourth) == ("---", "---", "flowchart LR")
    assert json.loads(second.removeprefix("title: ")) == one_line(title)


def test_states_are_colours_and_words_and_unknown_ones_only_words() -> None:
    nodes = (Node("a", state="failed", note="0.1 s"), Node("b", state="odd"), Node("c", state="failed"))
    lines = mermaid(Picture("", nodes, (Edge("a", "b"), Edge("b", "a")))).splitlines()
    assert lines[1:] == [
        '    a["a<br/>failed#44; 0.1 s"]',
        '    b["b<br/>odd"]',
        '    c["c<br/>failed"]',
        "    a --> b",
        "    b -. closes a cycle .-> a",
        "    classDef failed fill:#fdeaea,stroke:#d64545,color:#1f2328",
        "    class a,c failed",
    ]
