"""The page is parsed as a browser would, and its text is what was put into it."""

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.parsed_page import Parsed

from bigflow.drawing.frame import Badge, Log, Problem
from bigflow.drawing.page import Line, Page, page
from bigflow.drawing.picture import Edge, Node, Picture
from bigflow.drawing.timeline import Bar, Row, Timeline

NASTY = '</script></pre></style><img src=//x onerror="alert(1)">&amp;\x00\ud800\u202e\'"'
EMPTY = Page("", "", "success", (), (), "", None, {}, Timeline("", ()), (), ())


def full(words: str, state: str = "failed") -> Page:
    """Every place of the page that takes text from outside has this one."""
    return Page(
        title=words,
        subtitle=words,
        state=state,
        facts=((words, words),),
        problems=(Problem(words, words, words, "job-0"),),
        command=words,
        graph=Picture(words, (Node(words, state=state, note=words),), (Edge(words, "other"),)),
        links={words: "job-0"},
        timeline=Timeline(words, (Row(words, (Bar(0, 1, state, words),), "job-0"),)),
        table=(Line("job-0", words, "1", state, 0.0, 1.0, words, words, "log-0"),),
        logs=(Log("log-0", words, Badge(words, state), words, "1 kB", words),),
    )


def skeleton(parsed: Parsed) -> list[tuple[str, tuple[str, ...]]]:
    return [(tag, tuple(attrs)) for tag, attrs in parsed.elements]


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(), min_size=1, max_size=60).map(lambda text: f"x{text}"))
def test_whatever_words_are_they_change_no_element(words: str) -> None:
    source = page(full(words))
    source.encode("utf-8")
    assert skeleton(Parsed(source)) == skeleton(Parsed(page(full("word"))))


@pytest.mark.parametrize("words", [NASTY, "<!--", "]]>", "{{x}}", "-->", "'; alert(1) //"])
def test_nasty_words(words: str) -> None:
    parsed = Parsed(page(full(words)))
    assert skeleton(parsed) == skeleton(Parsed(page(full("word"))))
    assert parsed.text.count(words[:4]) >= 10


@pytest.mark.parametrize("state", ["success", "failed", "killed", "left out", "", '"><b>'])
def test_any_state(state: str) -> None:
    parsed = Parsed(page(full("word", state)))
    assert state in parsed.text
    assert not any('"' in value or "<" in value for value in parsed.values("class"))


def test_every_link_leads_to_an_element_of_the_page() -> None:
    parsed = Parsed(page(full("word")))
    ids = parsed.values("id")
    assert len(ids) == len(set(ids))
    links = [str(attrs["href"]) for tag, attrs in parsed.elements if tag == "a"]
    assert {link.removeprefix("#") for link in links} == {"job-0", "log-0"}
    assert {"job-0", "log-0"} <= set(ids)


def test_nothing_is_loaded_from_anywhere() -> None:
    source = page(full("word"))
    parsed = Parsed(source)
    assert all(value.startswith(("#", "data:")) for value in parsed.values("href"))
    assert parsed.values("src") == parsed.values("action") == []
    assert not re.search(r"@import|url\((?!#)", source)


def test_the_policy_allows_our_script_and_no_other() -> None:
    source = page(full("word"))
    (script,) = re.findall(r"<script>(.*?)</script>", source, re.DOTALL)
    (policy,) = (attrs["content"] for _, attrs in Parsed(source).elements if "http-equiv" in attrs)
    hashed = b64encode(sha256(script.encode()).digest()).decode()
    assert policy == (f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{hashed}'")


def test_a_page_with_nothing_on_it_has_no_empty_parts() -> None:
    parsed = Parsed(page(EMPTY))
    assert "Graph" not in parsed.text and "Timeline" not in parsed.text and "Logs" not in parsed.text
    assert "To go on" not in parsed.text


def test_nodes_are_links_in_the_colours_of_their_states(sketch: Callable[[str], Picture]) -> None:
    picture = sketch("a > b c > d")
    coloured = replace(picture, nodes=tuple(Node(node.id, state="killed") for node in picture.nodes))
    parsed = Parsed(page(replace(EMPTY, graph=coloured, links={"b": "job-b", "d": "job-d"})))
    links = [attrs for tag, attrs in parsed.elements if tag == "a"]
    assert links == [{"class": "killed", "href": "#job-b"}, {"class": "killed", "href": "#job-d"}]


def test_a_graph_that_is_too_large_is_said_to_be(sketch: Callable[[str], Picture]) -> None:
    left, right = (" ".join(f"{side}{number}" for number in range(80)) for side in "ab")
    parsed = Parsed(page(replace(EMPTY, graph=sketch(f"{left} > {right}"))))
    assert "too large" in parsed.text
    assert not any(tag == "svg" for tag, _ in parsed.elements)


def test_of_many_problems_the_first_are_shown_and_the_rest_counted() -> None:
    shown = Parsed(page(replace(EMPTY, problems=tuple(Problem(f"job_{n}.", "no") for n in range(25))))).text
    assert "job_9." in shown and "job_10." not in shown
    assert "and 15 more" in shown


def test_the_first_line_break_of_a_log_is_kept() -> None:
    """HTML swallows one after <pre>."""
    assert '<pre id="l" tabindex="0">\n\nfirst' in page(
        replace(EMPTY, logs=(Log("l", "job", Badge("success", "success"), "\nfirst", "6 bytes"),))
    )
