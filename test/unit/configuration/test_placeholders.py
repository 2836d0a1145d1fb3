import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.configuration.placeholders import filled, placeholders, slip

VALUES = {"a": "1", "b-c": "2", "d.e": "3", "2fa": "4"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain", "plain"),
        ("{a}", "1"),
        ("x{a}y{a}z", "x1y1z"),
        ("{b-c}{d.e}{2fa}", "234"),
        ("{{a}}", "{a}"),
        ("{{{a}}}", "{1}"),
        ("{{{{a}}}}", "{{a}}"),
        ("{{unknown}}", "{unknown}"),
        ("{unknown}", "{unknown}"),
        ("{{{unknown}}}", "{{unknown}}"),
        ("{}", "{}"),
        ("{ a }", "{ a }"),
        ("{a!r}", "{a!r}"),
        ("{a:>5}", "{a:>5}"),
        ("{a", "{a"),
        ("a}", "a}"),
        ("}a{", "}a{"),
        ("{{a}", "{1"),
        ("{a}}", "1}"),
        ('{"a": {"b": {a}}}', '{"a": {"b": 1}}'),
        ("{{ ds }}", "{{ ds }}"),
        ("{% if a %}", "{% if a %}"),
        ("${a}", "$1"),
        ("\\d{3}", "\\d{3}"),
        ("{a}\n{a}", "1\n1"),
        ("\\1{a}\\g<0>", "\\11\\g<0>"),
    ],
)
def test_only_braces_around_a_name_mean_something(text: str, expected: str) -> None:
    assert filled(text, VALUES) == expected


def test_a_value_is_not_searched_again() -> None:
    assert filled("{a}{b}", {"a": "{b}", "b": "{{a}}"}) == "{b}{{a}}"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{a}-{b}", ["a", "b"]),
        ("{{a}}", []),
        ("{{{a}}}", ["a"]),
        ("{ a }", []),
        ("{a}{a}", ["a", "a"]),
        ("{{a}", ["a"]),
    ],
)
def test_the_names_that_a_text_asks_for(text: str, names: list[str]) -> None:
    assert list(placeholders(text)) == names


texts = st.text("{}ab-. \"'\n", max_size=30)


@given(texts)
def test_what_asks_for_nothing_known_and_doubles_no_braces_survives(text: str) -> None:
    if "{{" not in text and "}}" not in text:
        assert filled(text, {}) == text


@given(
    st.recursive(st.none() | st.integers() | st.text("ab c{"), lambda inner: st.dictionaries(st.text("ab c"), inner))
)
def test_json_survives(value: object) -> None:
    text = json.dumps(value)
    assert filled(text, {}) == text


@given(texts)
def test_every_name_that_is_asked_for_is_replaced_and_nothing_else_is(text: str) -> None:
    asked = list(placeholders(text))
    result = filled(text, dict.fromkeys(asked, "\u2603"))
    assert result.count("\u2603") == len(asked)


@given(st.from_regex(r"\A[a-z][a-z_]{0,8}\Z"), st.integers(1, 6))
def test_one_more_pair_of_braces_can_always_be_written(name: str, pairs: int) -> None:
    assert filled("{" * 2 * pairs + name + "}" * 2 * pairs, {name: "x"}) == "{" * pairs + name + "}" * pairs


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("projct_id", "project_id"),
        ("project-id", "project_id"),
        ("PROJECT_ID", "project_id"),
        ("bucekt_name", "bucketName"),
        ("date", ""),
        ("dt", ""),
        ("x", ""),
    ],
)
def test_a_slip_is_told_from_the_name_of_somebody_else(name: str, meant: str) -> None:
    assert slip(name, ["project_id", "dataset", "bucketName", "env"]) == meant
