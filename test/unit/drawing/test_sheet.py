"""A page of tables is parsed as a browser would, and its text is what was put into it."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.parsed_page import Parsed

from bigflow.drawing.frame import Badge, Frame, Log, Problem
from bigflow.drawing.sheet import Cell, Column, Line, Sheet, Table, sheet
from bigflow.drawing.timeline import Bar, Row, Timeline

NASTY = '</script></pre></style><img src=//x onerror="alert(1)">&amp;\x00\ud800\u202e\'"'
EMPTY = Sheet(Frame("", "", Badge("", "")), Timeline("", ()), (), ())


def full(words: str, colour: str = "failed") -> Sheet:
    """Every place of the page that takes text from outside has this one."""
    frame = Frame(words, words, Badge(words, colour), ((words, words),), (Problem(words, words, words, "log-0"),))
    columns = (Column(words), Column(words, "code"), Column(words, "number"))
    rows = (Line((Cell(words, "log-0", words), Badge(words, colour), Cell(words)), "row-0"),)
    return Sheet(
        replace(frame, all_problems="parts", command=words),
        Timeline(words, (Row(words, (Bar(0, 1, colour, words),), "row-0"),)),
        (Table("parts", words, columns, rows, words),),
        (Log("log-0", words, Badge(words, colour), words, "1 kB", words, unfolded=True),),
    )


def skeleton(source: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(tag, tuple(attrs)) for tag, attrs in Parsed(source).elements]


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(), min_size=1, max_size=60).map(lambda text: f"x{text}"))
def test_whatever_words_are_they_change_no_element(words: str) -> None:
    source = sheet(full(words))
    source.encode("utf-8")
    assert skeleton(source) == skeleton(sheet(full("word")))


@pytest.mark.parametrize("words", [NASTY, "<!--", "]]>", "-->", "'; alert(1) //"])
def test_nasty_words(words: str) -> None:
    source = sheet(full(words))
    assert skeleton(source) == skeleton(sheet(full("word")))
    assert Parsed(source).text.count(words[:4]) >= 15


@pytest.mark.parametrize("colour", ["success", "killed", "left out", "", '"><b>'])
def test_any_colour(colour: str) -> None:
    classes = Parsed(sheet(full("word", colour))).values("class")
    assert not any('"' in name or "<" in name for name in classes)


def test_every_link_leads_to_an_element_of_the_page() -> None:
    parsed = Parsed(sheet(full("word")))
    ids = parsed.values("id")
    assert len(ids) == len(set(ids))
    assert {
        link.removeprefix("#") for tag, attrs in parsed.elements if tag == "a" for link in [str(attrs["href"])]
    } == {
        "log-0",
        "row-0",
    }
    assert {"log-0", "row-0", "parts", "timeline", "logs"} <= set(ids)


def test_it_has_no_script_and_loads_nothing() -> None:
    source = sheet(full("word"))
    parsed = Parsed(source)
    (policy,) = (attrs["content"] for _, attrs in parsed.elements if "http-equiv" in attrs)
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    assert not any(tag == "script" for tag, _ in parsed.elements)
    assert all(value.startswith(("#", "data:")) for value in parsed.values("href"))
    assert not re.search(r"@import|url\((?!#)", source)


def test_a_page_with_nothing_on_it_has_no_empty_parts() -> None:
    table = Table("steps", "Steps", (Column("step"),), (), "a note on nothing")
    parsed = Parsed(sheet(replace(EMPTY, tables=(table,))))
    assert not any(tag in ("section", "aside", "table", "svg") for tag, _ in parsed.elements)
    assert "a note on nothing" not in parsed.text


def test_a_row_with_too_few_cells_is_a_mistake_of_ours() -> None:
    table = Table("steps", "Steps", (Column("step"), Column("state")), (Line((Cell("lint"),)),))
    with pytest.raises(ValueError, match="shorter"):
        sheet(replace(EMPTY, tables=(table,)))


def test_of_many_problems_the_first_are_shown_and_the_rest_counted() -> None:
    problems = tuple(Problem(f"step_{n}.", "no") for n in range(25))
    parsed = Parsed(sheet(replace(EMPTY, frame=replace(EMPTY.frame, problems=problems, all_problems="steps"))))
    assert "step_9." in parsed.text and "step_10." not in parsed.text
    assert "and 15 more" in parsed.text
    assert "#steps" in parsed.values("href")


@pytest.mark.parametrize("unfolded", [True, False])
def test_what_failed_is_unfolded(unfolded: bool) -> None:
    log = Log("l", "tests", Badge("failed", "failed"), "\nfirst", "6 bytes", unfolded=unfolded)
    source = sheet(replace(EMPTY, logs=(log,)))
    assert '<pre id="l" tabindex="0">\n\nfirst' in source  # HTML swallows a line break after <pre>
    assert ("open" in next(attrs for tag, attrs in Parsed(source).elements if tag == "details")) is unfolded
