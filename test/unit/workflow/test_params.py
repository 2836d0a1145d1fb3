"""Words of `-p` as values of the types that a workflow's params have."""

from datetime import date, datetime

import pytest

from bigflow.errors import UsageError
from bigflow.workflow.params import with_params

DEFAULTS: dict[str, object] = {
    "top": 5, "share": 0.5, "dry": False, "name": "all", "day": date(2026, 1, 1), "at": datetime(2026, 1, 1),
    "tags": ["a"], "options": {"a": 1}, "anything": None, "function": print,
}  # fmt: skip


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("top=7", 7), ("top=-1", -1), ("share=2", 2.0), ("dry=true", True), ("dry=No", False), ("name=", ""),
        ("name=a=b", "a=b"), ("day=2026-11-19", date(2026, 11, 19)), ("at=2026-11-19 03:00", datetime(2026, 11, 19, 3)),
        ('tags=["x", "y"]', ["x", "y"]), ('options={"b": 2}', {"b": 2}), ("anything=5", "5"),
    ],
)  # fmt: skip
def test_a_word_becomes_a_value_of_the_defaults_type(word: str, value: object) -> None:
    key = word.partition("=")[0]
    params = with_params(DEFAULTS, [word])
    assert params[key] == value
    assert type(params[key]) is type(value)
    assert {**params, key: None} == {**DEFAULTS, key: None}, "the others are untouched"


@pytest.mark.parametrize(
    ("word", "part"),
    [
        ("top=x", "cannot be read as int"), ("top=1.5", "cannot be read as int"), ("dry=maybe", "as bool"),
        ("day=19.11.2026", "as date"), ("tags=[", "as list"), ("top", "has no value"), ("tpo=1", "did you mean 'top'"),
        ("zzz=1", "no param 'zzz'"), ("function=x", "no form as text"), ("=1", "no param ''"),
    ],
)  # fmt: skip
def test_words_that_mean_nothing(word: str, part: str) -> None:
    with pytest.raises(UsageError, match=part):
        with_params(DEFAULTS, [word])


def test_a_workflow_without_params_says_how_to_have_some() -> None:
    with pytest.raises(UsageError) as caught:
        with_params({}, ["a=1"])
    assert "params={" in caught.value.hint
