"""Which linters and type checkers a project uses: those that it has configured, or depends on for development."""

from pathlib import Path

import pytest

from bigflow.builder.analysis.checkers import LINTERS, TYPE_CHECKERS, Checker, used


def names(root: Path, checkers: tuple[Checker, ...] = (*LINTERS, *TYPE_CHECKERS)) -> list[str]:
    return [checker.name for checker in used(checkers, str(root))]


@pytest.mark.parametrize(
    ("file", "content", "name"),
    [
        ("pyproject.toml", "[tool.ruff]", "ruff"),
        ("pyproject.toml", "[tool.ruff.lint]\nselect = []", "ruff"),
        ("pyproject.toml", "tool.ruff.line-length = 100", "ruff"),
        ("ruff.toml", "", "ruff"),
        (".ruff.toml", "", "ruff"),
        (".flake8", "", "flake8"),
        ("setup.cfg", "[metadata]\nname = x\n[flake8]\n", "flake8"),
        ("tox.ini", "[flake8]", "flake8"),
        ("pyproject.toml", "[tool.pylint.main]", "pylint"),
        (".pylintrc", "", "pylint"),
        ("setup.cfg", "[pylint.messages_control]", "pylint"),
        ("mypy.ini", "", "mypy"),
        ("setup.cfg", "[mypy-shop.*]", "mypy"),
        ("pyproject.toml", "[tool.mypy]", "mypy"),
        ("pyproject.toml", "[tool.pyright]", "pyright"),
        ("pyrightconfig.json", "{}", "pyright"),
        ("pyproject.toml", '[dependency-groups]\ndev = ["Ruff>=0.6", "pytest"]', "ruff"),
        ("pyproject.toml", '[dependency-groups]\nDev = [{include-group = "a-b"}]\na_b = ["mypy[x]; y"]', "mypy"),
        ("pyproject.toml", '﻿[dependency-groups]\ndev = ["flake8"]', "flake8"),
    ],
)
def test_used(tmp_path: Path, file: str, content: str, name: str) -> None:
    (tmp_path / file).write_text(content, encoding="utf-8")
    assert names(tmp_path) == [name]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("pyproject.toml", "[tool.bigflow]\nname = 'ruff'\n# [tool.ruff]"),
        ("pyproject.toml", "[tool.ruffian]"),
        ("pyproject.toml", '[dependency-groups]\ndocs = ["ruff"]\ndev = ["ruff-lsp"]'),
        ("pyproject.toml", '[dependency-groups]\ndev = [{include-group = "dev"}, {include-group = "gone"}, 3]'),
        ("pyproject.toml", "tool = 3\ndependency-groups = 4"),
        ("pyproject.toml", "[dependency-groups]\ndev = 'ruff'"),
        ("setup.cfg", "[options]\n  [flake8]\n"),
        ("setup.cfg", "[flake8x]"),
        ("README", "[flake8]"),
    ],
)
def test_not_used(tmp_path: Path, file: str, content: str) -> None:
    (tmp_path / file).write_text(content, encoding="utf-8")
    assert names(tmp_path) == []


def test_several_in_the_order_of_the_table(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.pylint]\n[tool.ruff]\n[tool.mypy]\n", encoding="utf-8")
    assert names(tmp_path, LINTERS) == ["ruff", "pylint"]
    assert names(tmp_path, TYPE_CHECKERS) == ["mypy"]
