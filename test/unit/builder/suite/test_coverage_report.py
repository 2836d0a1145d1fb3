"""Reports of coverage: percents of all, and of each file."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.builder.suite.coverage import Coverage, FileCoverage, parse_coverage, read_coverage

JSON = {
    "meta": {"format": 3},
    "files": {
        "shop/b.py": {"summary": {"percent_covered": 50.0}, "missing_lines": [3, 4]},
        "shop/a.py": {"summary": {"percent_covered": 100}, "missing_lines": []},
    },
    "totals": {"percent_covered": 87.5},
}
XML = b"""<?xml version="1.0" ?>
<coverage line-rate="0.5" lines-valid="4" lines-covered="3" branches-valid="4" branches-covered="1">
  <packages><package><classes>
    <class filename="shop/b.py" line-rate="0.5">
      <lines><line number="1" hits="1"/><line number="2" hits="0"/></lines>
    </class>
    <class filename="shop/a.py" line-rate="1"><lines/></class>
  </classes></package></packages>
</coverage>"""


def test_json() -> None:
    files = (FileCoverage("shop/a.py", 100.0), FileCoverage("shop/b.py", 50.0, (3, 4)))
    assert parse_coverage(json.dumps(JSON).encode()) == Coverage(87.5, files)


def test_xml() -> None:
    files = (FileCoverage("shop/a.py", 100.0), FileCoverage("shop/b.py", 50.0, (2,)))
    assert parse_coverage(XML) == Coverage(50.0, files)


def test_xml_without_counts_has_its_rate() -> None:
    assert parse_coverage(b'<coverage line-rate="0.25"/>') == Coverage(25.0)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"files": [], "totals": {}}',
        b"<coverage",
        b"<coverage/>",
        b"<html></html>",
        b"\xff",
    ],
)
def test_what_is_no_report_is_none(content: bytes) -> None:
    assert parse_coverage(content) is None


def test_a_file_that_is_absent_is_none(tmp_path: Path) -> None:
    assert read_coverage(str(tmp_path / "absent.json")) is None


@given(st.floats(0, 100))
def test_it_is_never_shown_better_than_it_is(percent: float) -> None:
    shown = int(str(Coverage(percent)).removesuffix("%"))
    assert percent - 1 < shown <= percent
