"""Values as source: they evaluate to themselves, and are laid out as a formatter would."""

import ast
from datetime import timedelta

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.dags.source import Call, Code, Table, Value, jinja_literal, quoted, source, untemplated

TEXTS = st.text() | st.sampled_from(["'", '"', "'\"", "\\", "\n", "{{ x }}", "'''", "\ud800", "x" * 120, "\u202e"])
VALUES: st.SearchStrategy[Value] = st.recursive(
    TEXTS | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(TEXTS, inner, max_size=4).map(lambda one: Table(tuple(one.items())))
    ),
    max_leaves=8,
)


def plain(value: Value) -> object:
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    return {str(key): plain(one) for key, one in value.items} if isinstance(value, Table) else value


@given(VALUES, st.integers(0, 60))
def test_source_means_the_value(value: Value, indent: int) -> None:
    assert ast.literal_eval(source(value, indent).strip()) == plain(value)


@given(TEXTS)
def test_a_text_is_one_literal_on_one_line(text: str) -> None:
    assert ast.literal_eval(quoted(text)) == text
    assert "\n" not in quoted(text)


@given(st.text() | st.sampled_from(["{{ ds }}", "{% x %}", "{# x", "a\n", "\r", "{{ '{{' }}", "\\'{{", "{{\n"]))
def test_what_is_no_template_stays_as_it_is(text: str) -> None:
    assert jinja2.Environment().from_string(untemplated(text)).render() == text


@given(st.text())
def test_a_text_inside_a_template(text: str) -> None:
    assert jinja2.Environment().from_string(f"{{{{ {jinja_literal(text)} }}}}").render() == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("it's", '"it\'s"'), ('say "x"', "'say \"x\"'"), (timedelta(minutes=1), "timedelta(seconds=60)"),
        (timedelta(seconds=0.5), "timedelta(seconds=0.5)"), (60.0, "60"), ((), "[]"), (Table(()), "{}"),
        (Call("f", (("", 1), ("key", Code("NAME")))), "f(1, key=NAME)"),
        (Table(((Code("BASE"), None), ("a", 1))), '{**BASE, "a": 1}'),
    ],
)  # fmt: skip
def test_layout_of_what_fits(value: Value, text: str) -> None:
    assert source(value) == text


def test_layout_of_what_does_not_fit() -> None:
    value = Call("f", (("", "x" * 60), ("more", ("y" * 20, "z" * 20))))
    assert source(value, 4).splitlines() == [
        "f(",
        f'        "{"x" * 60}",',
        f'        more=["{"y" * 20}", "{"z" * 20}"],',
        "    )",
    ]
