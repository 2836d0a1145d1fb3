"""JUnit XML: what each test came to, and where it failed."""

from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.builder.suite.junit import Case, JUnitReport, parse_junit, read_junit

ROOT = "/home/me/shop"
PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")))


def case(inside: str = "", more: str = "") -> str:
    return f'<testcase classname="test.test_clean" name="test_x" time="1.5"{more}>{inside}</testcase>'


def parse(*cases: str) -> JUnitReport:
    report = parse_junit(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>".encode(), ROOT)
    assert report is not None
    return report


def failed(text: str, *, message: str = "m", more: str = "") -> Case:
    return parse(case(f"<failure message={quoteattr(message)}>{escape(text)}</failure>", more)).cases[0]


def test_each_outcome_is_told_apart_and_counted() -> None:
    report = parse(case(), case(), case("<failure/>"), case("<error/>"), case("<skipped/>"), case("<system-out/>"))
    assert [one.outcome for one in report.cases] == ["passed", "passed", "failed", "error", "skipped", "passed"]
    assert report.summary == "1 failed, 1 unable to run, 3 passed, 1 skipped"
    assert (report.count("failed", "error"), len(report.bad)) == (2, 2)


def test_a_test_that_failed_and_could_not_be_torn_down_is_one() -> None:
    assert [one.outcome for one in parse(case("<failure/><error/>")).cases] == ["error"]


def test_no_tests_are_a_report_too() -> None:
    assert parse() == JUnitReport(())
    assert parse().summary == "no tests"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("test/test_clean.py:12: AssertionError", "test/test_clean.py:12"),
        ("test/test_clean.py:12: in test_x\n    f()\nshop/clean.py:7: in f\nE   ZeroDivisionError", "shop/clean.py:7"),
        ("test/a.py:3: in test_x\n.venv/lib/python3.11/site-packages/p/q.py:9: KeyError", "test/a.py:3"),
        ("test/a.py:3: in test_x\n../../usr/lib/python3.11/json/decoder.py:9: E", "test/a.py:3"),
        (f'  File "{ROOT}/test/a.py", line 4, in test_x\n    x\n  File "/usr/lib/json.py", line 9', "test/a.py:4"),
        (f'E     File "{ROOT}/test/b.py", line 1\nE       def (', "test/b.py:1"),
        ("/usr/lib/python3/dist-packages/x.py:1: E", ""),
        ("nothing of the kind: 12", ""),
    ],
)
def test_the_place_is_the_deepest_line_of_the_project(text: str, place: str) -> None:
    assert failed(text).place == place


def test_a_place_that_the_report_gives_itself_is_second_best() -> None:
    assert failed("no frames", more=' file="test/a.py" line="3"').place == "test/a.py:3"
    assert failed("test/a.py:5: E", more=' file="test/a.py" line="3"').place == "test/a.py:5"


def test_the_message_is_one_line() -> None:
    assert (
        failed("", message="AssertionError: assert 1 == 2\n + where 1 = f()").message == "AssertionError: assert 1 == 2"
    )
    assert failed("  \nKeyError: 'x'\nmore", message="").message == "KeyError: 'x'"


def test_a_module_that_cannot_be_imported_says_why() -> None:
    text = 'x.py:3: in <module>\nE     File "x.py"\nE   SyntaxError: invalid syntax'
    assert failed(text, message="collection failure").message == "SyntaxError: invalid syntax"
    assert failed("", message="collection failure").message == "collection failure"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<testsuites><testsuite>",
        b"<html/>",
        b'<?xml version="1.0" encoding="klingon"?><testsuites/>',
        b"\xff\xfe\x00",
        b"<testsuites>\x00</testsuites>",
    ],
)
def test_what_is_no_report_is_none(content: bytes) -> None:
    assert parse_junit(content, ROOT) is None


def test_a_time_that_is_no_number_costs_nothing_else() -> None:
    report = parse(case().replace("1.5", "1,234.5"), case().replace("1.5", "soon"))
    assert [one.seconds for one in report.cases] == [1234.5, 0.0]


def test_several_files_are_one_run(tmp_path: Path) -> None:
    for name in ("a.xml", "b.xml"):
        (tmp_path / name).write_text(f"<testsuite>{case()}</testsuite>", encoding="utf-8")
    (tmp_path / "c.xml").write_text("<testsuite>", encoding="utf-8")
    paths = [str(tmp_path / name) for name in ("a.xml", "b.xml", "c.xml", "absent.xml")]
    both = read_junit(paths, ROOT)
    assert both is not None
    assert both.summary == "2 passed"
    assert read_junit(paths[2:], ROOT) is None


@given(st.lists(st.tuples(st.sampled_from(["", "failure", "error", "skipped"]), PLAIN)))
def test_nothing_is_lost(told: Sequence[tuple[str, str]]) -> None:
    """Whatever tests are called, and whatever they say."""
    cases = [
        f"<testcase classname='c' name={quoteattr(text)}>"
        + (f"<{tag} message={quoteattr(text)}>{escape(text)}</{tag}>" if tag else "")
        + "</testcase>"
        for tag, text in told
    ]
    report = parse(*cases)
    outcomes = {"": "passed", "failure": "failed"}
    assert [one.outcome for one in report.cases] == [outcomes.get(tag, tag) for tag, _ in told]
    assert len(report.bad) == sum(tag in ("failure", "error") for tag, _ in told)
