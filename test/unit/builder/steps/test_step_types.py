"""The step `types`: what the project's type checkers find fails it."""

from pathlib import Path

import pytest
from support.building import perform, project

from bigflow.builder.failures import SeveralFailed
from bigflow.builder.step import Done, NotNeeded, Wishes
from bigflow.builder.steps import types as step


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "a shöp"
    for name in ("shop", "test"):
        (folder / name).mkdir(parents=True)
    (folder / "shop" / "__init__.py").write_text("def half(x: int) -> float:\n    return x / 2\n", encoding="utf-8")
    (folder / "pyproject.toml").write_text(
        "[tool.bigflow]\nname = 'shop'\n[tool.mypy]\npretty = true\n", encoding="utf-8"
    )
    return folder


def test_sound_types_also_without_any_test(root: Path) -> None:
    assert perform(step, project(root)).done == Done("mypy ok")
    assert {path.name for path in root.iterdir()} == {".bigflow", "pyproject.toml", "shop", "test"}


def test_a_wrong_type_has_its_place(root: Path) -> None:
    (root / "test" / "test_half.py").write_text("from shop import half\n\nhalf('4')\n", encoding="utf-8")
    error = perform(step, project(root)).error
    assert isinstance(error, SeveralFailed)
    assert error.findings[0].message == "mypy found 1 problem"
    assert error.findings[1].where == "test/test_half.py:3"
    assert error.findings[1].message.startswith("Argument 1 to")
    assert error.findings[1].message.endswith("[arg-type]"), "`pretty` would break the line"
    assert error.hint.endswith("-m mypy shop test")


def test_nothing_is_configured(root: Path) -> None:
    (root / "pyproject.toml").write_text("[tool.bigflow]\nname = 'shop'\n", encoding="utf-8")
    assert step.declare(project(root), Wishes()) == NotNeeded("no type checker is configured")
