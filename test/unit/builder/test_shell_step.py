"""A step of the project's own: a shell command with inputs and outputs."""

import sys
from pathlib import Path

import pytest
from support.building import perform, project

from bigflow.builder.settings import ShellStep
from bigflow.builder.shell_step import CommandStep
from bigflow.builder.step import Declared, Done, Project, StepFailed, Wishes
from bigflow.errors import UsageError


@pytest.fixture
def made(tmp_path: Path) -> Project:
    root = tmp_path / "a shöp"
    (root / "shop").mkdir(parents=True)
    (root / "shop" / "__init__.py").touch()
    (root / "pyproject.toml").write_text("[tool.bigflow]\nname = 'shop'\n", encoding="utf-8")
    return project(root)


def step(run: str, inputs: tuple[str, ...] = (), outputs: tuple[str, ...] = ()) -> CommandStep:
    return CommandStep(ShellStep("pre_build", "gen", run, inputs, outputs))


def test_it_runs_in_the_root_with_the_projects_tools_first(made: Project) -> None:
    tried = perform(step("pwd; command -v python > out; cat out", outputs=("out",)), made)
    assert tried.done == Done("ok")
    assert tried.log.splitlines() == [made.root, str(Path(sys.executable).parent / "python")]


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ("echo no room >&2; exit 3", "gen ended with code 3: no room"),
        ("false\necho fine", "gen ended with code 1"),
        ("no-such-program-at-all", "gen ended with code 127: sh: "),
        ("kill -9 $$", "gen ended with code -9"),
    ],
)
def test_a_command_that_fails(made: Project, run: str, message: str) -> None:
    error = perform(step(run), made).error
    assert isinstance(error, StepFailed)
    assert error.message.startswith(message)
    assert error.hint == run


def test_an_output_that_is_not_there(made: Project) -> None:
    error = perform(step("echo x > a", outputs=("a", "b/c")), made).error
    assert isinstance(error, StepFailed)
    assert error.message == "gen did not leave b/c"


@pytest.mark.parametrize("output", ["../a", "/tmp/a", ".", "shop/..", "*.txt", ""])
def test_an_output_that_cannot_be_the_projects(made: Project, output: str) -> None:
    with pytest.raises(UsageError, match="cannot leave"):
        step("true", outputs=(output,)).declare(made, Wishes())


def test_a_path_that_only_begins_like_the_root_is_outside(made: Project) -> None:
    with pytest.raises(UsageError, match="cannot leave"):
        step("true", outputs=(f"../{Path(made.root).name}-other/a",)).declare(made, Wishes())


def test_what_it_declares(made: Project) -> None:
    said = step("make a", ("sql/**/*.sql",), ("a",)).declare(made, Wishes())
    assert isinstance(said, Declared)
    assert (said.files, said.leaves, said.always) == (("sql/**/*.sql",), ("a",), False)
    assert step("make b", ("sql/**/*.sql",), ("a",)).declare(made, Wishes()) != said


def test_without_inputs_it_always_runs(made: Project) -> None:
    said = step("make a").declare(made, Wishes())
    assert isinstance(said, Declared)
    assert said.always
