"""[tool.bigflow.doctrine]: values come out, and everything that is wrong is told at once."""

import pytest

from bigflow.artifacts.doctrine.doctrine import Doctrine
from bigflow.builder.doctrine.settings import doctrine_settings
from bigflow.errors import InvalidProject


def read(**said: object) -> Doctrine:
    return doctrine_settings(tuple((key.replace("_", "-"), value) for key, value in said.items()), "pyproject.toml:3")


def test_nothing_said() -> None:
    assert read() == Doctrine()


def test_all_of_it() -> None:
    assert read(secrets="warn", big_files="off", lockfiles="artifact", exclude={"a/": "why"}) == Doctrine(
        "artifact", (("secrets", "warn"), ("big-files", "off")), (("a/", "why"),)
    )


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"secret": "off"}, "there is no doctrine.secret"),
        ({"secrets": True}, "doctrine.secrets cannot be True"),
        ({"secrets": ["off"]}, "doctrine.secrets cannot be ['off']"),
        ({"lockfiles": "sources"}, "doctrine.lockfiles cannot be 'sources'"),
        ({"exclude": ["a/"]}, "doctrine.exclude must be a table from pattern to reason"),
        ({"exclude": {"a/": ""}}, "doctrine.exclude does not say why a/ is left out"),
        ({"exclude": {"a/": 3}}, "doctrine.exclude does not say why a/ is left out"),
        ({"exclude": {" / ": "all"}}, "doctrine.exclude cannot leave out ' / '"),
    ],
)
def test_what_is_wrong(said: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidProject) as raised:
        read(**said)
    (finding,) = raised.value.findings
    assert (finding.message, finding.where) == (message, "pyproject.toml:3") and finding.hint


def test_all_that_is_wrong_at_once() -> None:
    with pytest.raises(InvalidProject) as raised:
        read(x=1, y=2, secrets=3)
    assert len(raised.value.findings) == 3
