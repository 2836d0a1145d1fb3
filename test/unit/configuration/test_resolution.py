import pytest

from bigflow.configuration import ConfigurationError
from bigflow.configuration.resolution import Properties, resolve

PROPERTIES = Properties(
    environment="dev",
    where="here:1",
    prefix="bf_",
    written={"a": "{b}", "b": "{given}", "apart": "{a}{absent}", "n": 1, "env": "dev"},
    given={"given": "g{b}"},
    missing=("absent",),
)


def test_only_what_is_wanted_and_what_it_refers_to_is_resolved() -> None:
    resolution = resolve(PROPERTIES, ["a"], {})
    assert resolution.values == {"a": "g{b}", "b": "g{b}", "given": "g{b}"}
    assert resolution.secret == {"a", "b", "given"}
    assert resolve(PROPERTIES, ["n", "env"], {}) == ({"n": 1, "env": "dev"}, frozenset())
    assert resolve(PROPERTIES, [], {}).values == {}


def test_a_stand_in_takes_the_place_of_a_missing_value() -> None:
    assert resolve(PROPERTIES, ["apart"], {"absent": "{a}?"}).values["apart"] == "g{b}{a}?"
    with pytest.raises(ConfigurationError, match="no value for absent") as raised:
        resolve(PROPERTIES, ["apart"], {})
    assert raised.value.where == "here:1"


def test_nothing_is_changed() -> None:
    before = (dict(PROPERTIES.written), dict(PROPERTIES.given))
    resolve(PROPERTIES, ["a"], {})
    assert (PROPERTIES.written, PROPERTIES.given) == before
