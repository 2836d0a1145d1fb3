"""What can be typed wrongly, and what every command has."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.cli import bigflow, write_files
from support.snapshots import Snapshot

SLIPS = {
    "nothing": "",
    "help": "--help",
    "version": "--version",
    "version_beside_a_command": "--version run",
    "help_of_run": "run --help",
    "help_of_workflows": "workflows --help",
    "help_of_project_version": "pv --help",
    "help_of_doctor": "doctor --help",
    "help_of_completion": "completion --help",
    "unknown_command": "rum",
    "unknown_command_like_no_other": "frobnicate",
    "unknown_option": "run -w daily --runtme 2026-11-19",
    "unknown_option_with_value": "run -w daily --runtme=2026-11-19",
    "unknown_option_like_no_other": "run -w daily --frobnicate",
    "abbreviated_option": "run -w daily --run 2026-11-19",
    "one_word_too_many": "run -w daily clean",
    "neither_workflow_nor_job": "run",
    "both_workflow_and_job": "run -w daily -j daily.clean",
    "option_without_value": "run -w",
    "unknown_format": "workflows show daily --format tekst",
    "workflows_show_what": "workflows show",
    "workflows_unknown_action": "workflows shwo daily",
    "no_such_folder": "workflows --project-dir nowhere",
    "project_dir_is_a_file": "workflows --project-dir pyproject.toml",
    "slip_as_json": "run -w daily --runtme now --json",
    "shell_unknown": "completion fisch",
    "shell_unsaid": "completion",
}


@pytest.mark.parametrize("slip", SLIPS)
def test_slip(slip: str, project: Callable[[str], Path], snapshot: Snapshot) -> None:
    snapshot.check(bigflow(*SLIPS[slip].split(), cwd=project("good")))


@pytest.mark.parametrize(
    "words", ["workflows", "run -w daily", "run -w daily --json", "project-version", "workflows show daily --json"]
)
def test_outside_of_a_project(words: str, tmp_path: Path, snapshot: Snapshot) -> None:
    (tmp_path / "project").mkdir()
    snapshot.check(bigflow(*words.split(), cwd=tmp_path / "project"))


@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["run", "--help"], ["doctor", "--help"], ["completion", "zsh"]]
)
def test_help_runs_none_of_the_users_code(words: list[str], project: Callable[[str], Path]) -> None:
    root = project("untouchable")
    result = bigflow(*words, cwd=root / "shop")
    assert (result.code, result.err) == (0, "")
    assert list(root.rglob("executed.txt")) == []


def test_a_setup_file_with_literals_is_not_run_even_for_a_run(project: Callable[[str], Path]) -> None:
    root = project("legacy_setup")
    with (root / "setup.py").open("a") as setup:
        setup.write("\nopen('executed.txt', 'w').close()\n")
    assert bigflow("run", "-w", "hello", cwd=root).code == 0
    assert not (root / "executed.txt").exists()


def test_options_before_the_command_are_the_commands(project: Callable[[str], Path], tmp_path: Path) -> None:
    root = project("good")
    before = bigflow("--project-dir", str(root), "workflows", cwd=tmp_path)
    after = bigflow("workflows", "--project-dir", str(root), cwd=tmp_path)
    assert before.code == 0
    assert (before.out, before.err) == (after.out, after.err)


def test_from_any_folder_inside(project: Callable[[str], Path]) -> None:
    root = project("good")
    assert bigflow("workflows", cwd=root / "shop").out == bigflow("workflows", cwd=root).out != ""


def test_a_path_with_spaces_and_letters_of_the_world(tmp_path: Path, snapshot: Snapshot) -> None:
    root = write_files(
        tmp_path / "moje dane żółć" / "project",
        {
            "pyproject.toml": '[tool.bigflow]\nname = "shop"\nedition = "2026"\n',
            "shop/__init__.py": "",
            "shop/workflow.py": "from bigflow import Workflow, job\n\n\n@job\ndef one(context):\n    1 / 0\n\n\n"
            'uno = Workflow("uno", [one], schedule_interval=None)\n',
        },
    )
    snapshot.check(bigflow("run", "-w", "uno", "-r", "2026-01-02", "--no-retries", cwd=root))


def test_our_own_bugs_are_told_as_ours(tmp_path: Path, snapshot: Snapshot) -> None:
    """A parser that hits a limit of Python's own is as good a bug as any."""
    root = tmp_path / "project"
    write_files(root, {"shop/__init__.py": "", "pyproject.toml": "[tool.bigflow]\nname='shop'\nx = " + "[" * 9999})
    result = bigflow("workflows", cwd=root, env={"TMPDIR": str(tmp_path)})
    snapshot.check(result)
    assert "RecursionError" in next(tmp_path.glob("bigflow-error-*.log")).read_text()
