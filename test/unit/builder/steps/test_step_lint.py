"""The step `lint`: what the project's linters find fails it, with place and command; they change nothing."""

import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.building import Tried, perform, project

from bigflow.builder.failures import SeveralFailed
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Wishes
from bigflow.builder.steps import lint as step

Make = Callable[..., Project]
RUFF = "[tool.ruff.lint]\nselect = ['F']\n"
UNUSED = "import os\n"


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A project with this code, and this at the end of its pyproject.toml."""

    def made(code: str, more: str, build: str = "") -> Project:
        root = tmp_path / "a shöp"
        for name in ("shop/__init__.py", "shop/a.py", "test/test_a.py", "notes/b.py"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).touch()
        (root / "shop" / "a.py").write_text(code, encoding="utf-8")
        (root / "notes" / "b.py").write_text(UNUSED, encoding="utf-8")
        table = f'[tool.bigflow]\nname = "shop"\n[tool.bigflow.build]\n{build}\n{more}'
        (root / "pyproject.toml").write_text(table, encoding="utf-8")
        return project(root)

    return made


def failed(tried: Tried) -> SeveralFailed:
    assert isinstance(tried.error, SeveralFailed), f"{tried.done}\n{tried.log}"
    return tried.error


def declared(made: Project) -> Declared:
    said = step.declare(made, Wishes())
    assert isinstance(said, Declared)
    return said


def test_clean_code(make: Make) -> None:
    """The package and the tests are looked at; what else lies in the root may be somebody else's."""
    made = make("", RUFF)
    assert perform(step, made).done == Done("ruff ok")
    assert {path.name for path in Path(made.root).iterdir()} == {".bigflow", "notes", "pyproject.toml", "shop", "test"}


def test_complaints_have_their_places_and_the_command_can_be_typed(make: Make) -> None:
    made = make("".join(f"import {name}\n" for name in ("os", "re", "sys", "json", "abc", "ast", "csv")), RUFF)
    error = failed(perform(step, made))
    assert error.findings[0].message == "ruff found 7 problems"
    assert len(error.findings) == 6
    assert error.findings[1].where == "shop/a.py:1"
    assert error.findings[1].message.startswith("F401")
    again = subprocess.run(shlex.split(error.hint), cwd=made.root, capture_output=True, text=True)
    assert again.returncode == 1
    assert "Found 7 errors" in again.stdout


def test_nothing_is_repaired_by_the_way(make: Make) -> None:
    made = make(UNUSED, "[tool.ruff]\nfix = true\nunsafe-fixes = true\n")
    failed(perform(step, made))
    assert Path(made.root, "shop/a.py").read_text(encoding="utf-8") == UNUSED


def test_what_the_project_excludes_is_not_looked_at(make: Make) -> None:
    assert perform(step, make(UNUSED, "[tool.ruff]\nexclude = ['shop']\n")).done == Done("ruff ok")


def test_settings_that_the_linter_refuses(make: Make) -> None:
    error = failed(perform(step, make("", "[tool.ruff]\nno-such-key = 1\n")))
    assert "ruff ended with code 2" in error.message


def test_a_linter_that_is_configured_and_not_installed(make: Make) -> None:
    """The others run all the same."""
    error = failed(perform(step, make(UNUSED, f"[tool.pylint]\n{RUFF}")))
    told = [finding.message for finding in error.findings]
    assert told[0] == "ruff found 1 problem"
    assert "uses pylint, which is not installed" in told[-1]
    assert 'add "pylint" to dev' in error.findings[-1].hint


def test_a_module_of_the_project_cannot_stand_in_for_the_linters(make: Make) -> None:
    made = make("", RUFF)
    Path(made.root, "ruff.py").write_text("raise SystemExit(9)", encoding="utf-8")
    assert perform(step, made).done == Done("ruff ok")


def test_nothing_is_configured(make: Make) -> None:
    assert step.declare(make("", ""), Wishes()) == NotNeeded("no linter is configured")


def test_switched_off(make: Make) -> None:
    assert isinstance(step.declare(make("", RUFF, "lint = false"), Wishes()), NotNeeded)


def test_commands_of_the_projects_own_replace_what_would_be_found(make: Make) -> None:
    made = make(UNUSED, RUFF, "lint = ['ruff --version', 'true']")
    tried = perform(step, made)
    assert tried.done == Done("2 commands ok")
    assert tried.log.startswith("ruff ")


def test_a_command_of_the_projects_own_that_fails_in_its_first_line(make: Make) -> None:
    error = failed(perform(step, make("", "", 'lint = "echo shop/a.py:3: bad; false\\necho fine"')))
    assert error.findings[1] == ("bad", "shop/a.py:3", "")
    error = failed(perform(step, make("", "", "lint = 'exit 4'")))
    assert error.message == "exit 4 ended with code 4: it said nothing"


def test_it_depends_on_code_settings_and_versions(make: Make) -> None:
    said = declared(make("", RUFF))
    assert {"shop", "test", "pyproject.toml", "ruff.toml", ".ruff.toml", "setup.cfg"} <= set(said.files)
    assert any(value.startswith("ruff ") and value[5].isdigit() for value in said.values)
    assert said.leaves == ()
    assert said.values != declared(make("", f"{RUFF}[tool.flake8]")).values
    assert said.values != declared(make("", RUFF, "lint = 'true'")).values
