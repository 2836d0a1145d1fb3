"""Names that are written in Python files as literals, found without running them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.project.scan import named_calls

NAMES = st.text(st.characters(codec="utf-8"), max_size=20)


def names(source: str) -> list[str]:
    return [call.name for call in named_calls(source, ("Workflow",), "workflow_id")]


@given(st.lists(NAMES, max_size=5))
def test_every_literal_is_found_in_order(ids: list[str]) -> None:
    assert names("\n".join(f"w = Workflow({name!r}, [])" for name in ids)) == ids


@given(st.text(max_size=200))
def test_any_text_is_read_without_complaint(source: str) -> None:
    names(source)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("bigflow.Workflow('a', [])", ["a"]),
        ("Workflow(definition=[], workflow_id='a')", ["a"]),
        ("Workflow(f'a{b}', [])", []),
        ("Workflow('a' + b, [])", []),
        ("Workflow(1, [])", []),
        ("Workflow(name='a')", []),
        ("Workflow()", []),
        ("MyWorkflow('a', [])", []),
        ("Workflow['a']", []),
        ("# Workflow('a', [])", []),
        ("text = \"Workflow('a', [])\"", []),
        ("def make():\n    return [Workflow('a', []) for _ in range(2)]", ["a"]),
        ("Workflow('a', [])\nthis is no Python", []),
        ("Workflow('a', [])\0", []),
        ("(" * 300, []),
    ],
)
def test_what_counts(source: str, found: list[str]) -> None:
    assert names(source) == found


def test_keys_have_their_lines() -> None:
    source = (
        'c = Config("a", {"x": 1}).add_configuration(\n    "b",\n    {\n        "y": None,\n        z: 1,\n    },\n)'
    )
    calls = list(named_calls(source, ("Config", "add_configuration"), "name"))
    assert [(call.name, call.line, call.keys) for call in calls] == [("a", 1, (("x", 1),)), ("b", 2, (("y", 4),))]
