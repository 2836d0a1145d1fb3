"""`[tool.bigflow.build]`: what it may say, and what is told when it says something else."""

import pytest

from bigflow.builder.settings import Settings, ShellStep, settings
from bigflow.errors import InvalidProject


def read(**table: object) -> Settings:
    """The settings of a table."""
    return settings(tuple(table.items()), "pyproject.toml:9")


def wrong(**table: object) -> list[str]:
    """What is told about a table, all of it."""
    with pytest.raises(InvalidProject) as raised:
        read(**table)
    assert all(finding.where == "pyproject.toml:9" for finding in raised.value.findings)
    return [finding.message for finding in raised.value.findings]


def test_nothing_said_is_the_default() -> None:
    assert read() == Settings()


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (True, None),
        ("auto", None),
        (False, ()),
        ("off", ()),
        ("ruff check .", ("ruff check .",)),
        (["a", "b"], ("a", "b")),
    ],
)
def test_a_check_is_found_switched_off_or_named(said: object, meant: object) -> None:
    assert read(lint=said).lint == meant


def test_sizes_have_units_and_steps_have_time_limits() -> None:
    said = read(budget={"wheel": "20 MB", "image": "1.5GB"}, timeouts={"tests": 60}, timeout=900)
    assert dict(said.budget) == {"wheel": 20_000_000, "image": 1_500_000_000}
    assert (said.time_limit("tests"), said.time_limit("wheel")) == (60, 900)


def test_a_step_of_the_projects_own() -> None:
    said = read(steps=[{"phase": "pre_build", "name": "sql", "run": "sqlfluff lint", "inputs": ["resources/**/*.sql"]}])
    assert said.steps == (ShellStep("pre_build", "sql", "sqlfluff lint", ("resources/**/*.sql",)),)


def test_all_that_is_wrong_is_told_at_once() -> None:
    told = wrong(lnit=True, types=3, coverage=120, audit="maybe", budget={"wheel": "20"}, timeouts={"tests": 0})
    assert len(told) == 6


@pytest.mark.parametrize(
    "step",
    [
        {"phase": "pre_build", "name": "sql"},
        {"phase": "before", "name": "sql", "run": "x"},
        {"phase": "build", "name": "S Q L", "run": "x"},
        {"phase": "build", "name": "sql", "run": "  "},
        {"phase": "build", "name": "sql", "run": "x", "inputs": "resources"},
        {"phase": "build", "name": "sql", "run": "x", "timeout": -1},
        {"phase": "build", "name": "sql", "run": "x", "output": ["y"]},
    ],
)
def test_a_step_that_says_too_little_or_something_else(step: dict[str, object]) -> None:
    assert len(wrong(steps=[step])) == 1


def test_two_steps_of_one_name() -> None:
    step = {"phase": "build", "name": "sql", "run": "x"}
    assert wrong(steps=[step, step]) == ["two steps of build.steps are called 'sql'"]


def test_the_nearest_key_is_named() -> None:
    with pytest.raises(InvalidProject) as raised:
        read(lnit=True)
    assert raised.value.findings[0].hint == "did you mean 'lint'?"
