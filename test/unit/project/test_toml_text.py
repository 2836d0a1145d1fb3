"""toml_text: whatever tomllib can read is written so that it reads the same."""

import tomllib
from datetime import UTC, date, datetime, time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bigflow.project.toml_text import toml_text

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
PLAIN = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    TEXT,
    st.dates(),
    st.times(),
    st.datetimes(),
    st.datetimes(timezones=st.just(UTC)),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    PLAIN,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(TEXT, inside, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(TEXT, VALUES, max_size=4))
def test_what_is_written_reads_the_same(document: dict[str, Any]) -> None:
    assert tomllib.loads(toml_text(document)) == document


def test_it_is_text_that_a_person_can_read() -> None:
    document = {
        "tool": {"uv": {"index": [{"url": "a", "default": True}, {"url": "b"}]}},
        "project": {"name": "shop", "made": date(2026, 1, 2), "at": [time(1), datetime(2026, 1, 2, 3)]},
    }
    assert toml_text(document).splitlines() == [
        "[tool]",
        "[tool.uv]",
        "[[tool.uv.index]]",
        'url = "a"',
        "default = true",
        "[[tool.uv.index]]",
        'url = "b"',
        "[project]",
        'name = "shop"',
        "made = 2026-01-02",
        "at = [01:00:00, 2026-01-02T03:00:00]",
    ]
