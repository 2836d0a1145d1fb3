"""What linters and type checkers print: a finding for each complaint."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.builder.analysis.complaints import complaints
from bigflow.errors import Finding


@pytest.mark.parametrize(
    ("line", "message", "where"),
    [
        ("shop/a.py:1:8: F401 [*] `os` imported but unused", "F401 [*] `os` imported but unused", "shop/a.py:1"),
        ("./shop/a.py:1:8: E501 line too long", "E501 line too long", "./shop/a.py:1"),
        ("shop/a.py:3:0: C0114: Missing docstring (m)", "C0114: Missing docstring (m)", "shop/a.py:3"),
        ("shop/a.py:7: error: Bad type  [arg-type]", "Bad type  [arg-type]", "shop/a.py:7"),
        ("  /p/shop/a.py:2:5 - error: Unknown (r)", "Unknown (r)", "/p/shop/a.py:2"),
        ("my shop/ä.py:1:1: W291 trailing", "W291 trailing", "my shop/ä.py:1"),
    ],
)
def test_each_programs_own_way(line: str, message: str, where: str) -> None:
    assert list(complaints(f"Checking\n{line}\nFound 1 error.\n")) == [Finding(message, where)]


@pytest.mark.parametrize(
    "line",
    [
        "shop/a.py:7: note: See the docs",
        "  /p/shop/a.py:2:5 - warning: Unused (r)",
        "All checks passed!",
        "Found 3 errors in 1 file (checked 4 source files)",
        "10:45:01 INFO: started",
        "************* Module shop.a",
        "",
    ],
)
def test_remarks_are_no_complaints(line: str) -> None:
    assert list(complaints(line)) == []


@given(st.text())
def test_any_output_can_be_read(output: str) -> None:
    assert all(finding.message and ":" in finding.where for finding in complaints(output))
