"""docs/reference/build-settings.md says what builder/settings.py reads, and its examples can be read."""

import re
import tomllib
from pathlib import Path

import pytest

from bigflow.artifacts import KINDS
from bigflow.builder.analysis.checkers import LINTERS, TYPE_CHECKERS
from bigflow.builder.settings import AUDITS, KEYS, PHASES, STEP_KEYS, Settings, settings

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "reference/build-settings.md").read_text(encoding="utf-8")
HOW_TO = (DOCS / "how-to/add-a-build-step.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[tuple[str, ...]]:
    """The cells of the table under a heading."""
    section = re.split(rf"^## {heading}$", PAGE, flags=re.MULTILINE)[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]


def test_every_key_has_its_line_in_the_order_of_the_code() -> None:
    assert [name.strip("`") for name, *_ in rows("Keys")] == list(KEYS)
    assert [name.strip("`") for name, *_ in rows("Keys of a step")] == list(STEP_KEYS)


def test_defaults_are_those_of_the_code() -> None:
    told = {name.strip("`"): default for name, _, default in rows("Keys")}
    known = Settings()
    assert told["timeout"] == f"{known.timeout:g}"
    assert told["keep"] == str(known.keep)
    assert told["audit"] == f'`"{known.audit}"`'
    nothing = {"coverage": known.coverage, "timeouts": known.timeouts, "budget": known.budget, "steps": known.steps}
    assert {key: (told[key] in ("none", "no bar")) for key in nothing} == {key: not nothing[key] for key in nothing}
    assert all(told[key].startswith("`true`") and getattr(known, key) is None for key in ("lint", "types", "tests"))


@pytest.mark.parametrize(("key", "table", "words"), [("phase", "Keys of a step", PHASES), ("audit", "Keys", AUDITS)])
def test_every_word_is_named(key: str, table: str, words: tuple[str, ...]) -> None:
    value = next(cells[1] for cells in rows(table) if cells[0] == f"`{key}`")
    assert re.findall(r'"(\w+)"', value) == list(words)


def test_every_kind_of_artifact_is_named() -> None:
    assert ", ".join(f"`{kind}`" for kind in KINDS) in PAGE


def test_every_program_and_every_file_that_configures_it_is_named() -> None:
    for step, checkers in (("lint", LINTERS), ("types", TYPE_CHECKERS)):
        told = {program: configured for name, program, configured in rows("What is found") if name == f"`{step}`"}
        assert list(told) == [checker.name for checker in checkers]
        for checker in checkers:
            marks = {f"[tool.{checker.name}]", *checker.files, *checker.shared}
            marks |= {f"[{checker.name}]"} if checker.shared else set()
            assert set(re.findall(r"`([^`]+)`", told[checker.name])) == marks


@pytest.mark.parametrize("example", re.findall(r"```toml\n(.*?)```", PAGE + HOW_TO, re.DOTALL))
def test_examples_can_be_read(example: str) -> None:
    table = tomllib.loads(example)["tool"]["bigflow"]["build"]
    assert settings(tuple(table.items()), "pyproject.toml:1") != Settings()
