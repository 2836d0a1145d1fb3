"""`bigflow run` of projects with nothing wrong: what is printed, and what reaches the jobs."""

import json
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from support.cli import bigflow, bigflow_at_terminal, start, write_files
from support.snapshots import Snapshot

RUNS = {
    "workflow": "-w daily -r 2026-01-02 --parallel 1",
    "workflow_last_period": "-w daily --parallel 1",
    "workflow_verbose": "-v -w daily -r 2026-01-02 --parallel 1",
    "workflow_json": "-w daily -r 2026-01-02 --parallel 1 --json",
    "workflow_with_time_zone": "-w weekly -r 2026-03-30T03:00:00",
    "job": "-j daily.clean -r 2026-01-02",
    "job_whose_parents_did_not_run": "-j daily.report -r 2026-01-02",
    "job_for_an_environment": "-j daily.clean -r 2026-01-02 -c prod",
    "params": "-j daily.by_country -r 2026-01-02 -p top=7 -p dry=yes",
    "param_unknown": "-j daily.by_country -p topp=7",
    "param_without_value": "-j daily.by_country -p top",
    "param_of_another_type": "-j daily.by_country -p top=many",
    "param_that_is_no_moment": "-j daily.by_country -p since=yesterday",
    "unknown_workflow": "-w dialy",
    "unknown_workflow_json": "-w dialy --json",
    "unknown_workflow_like_no_other": "-w frobnicate",
    "unknown_job": "-j daily.claen",
    "unknown_workflow_of_a_job": "-j dialy.clean",
    "job_without_workflow": "-j clean",
    "runtime_that_is_no_moment": "-w daily -r yesterday",
    "runtime_on_a_day_that_is_none": "-w daily -r 2026-02-30",
    "runtime_of_1_11": "-j daily.fetch -r '2026-01-02 03:04:05'",
    "runtime_in_a_time_zone": "-j daily.fetch -r 2026-01-02T03:04:05+01:00",
    "unknown_package": "-w daily --project-package shopp",
}


@pytest.mark.parametrize("case", RUNS)
def test_run(case: str, project: Callable[[str], Path], snapshot: Snapshot) -> None:
    words = [word.strip("'") for word in RUNS[case].replace("02 03", "02~03").split()]
    result = bigflow("run", *(word.replace("~", " ") for word in words), cwd=project("good"))
    snapshot.check(result, by_the_clock="-r" not in words)


@pytest.mark.parametrize(
    "words",
    [
        "run -j sales.daily.extract -r 2026-01-02",
        "run -j sales.daily.extract.all -r 2026-01-02",
        "run -j sales.daily.old -r 2026-01-02",
        "run -w load_customers -r 2026-01-02",
        "run -w every_seven -r 2026-01-02",
        "run -j sales.daily.nothing",
        "run -w once -r 2026-01-02",
    ],
)
def test_nested(words: str, project: Callable[[str], Path], snapshot: Snapshot) -> None:
    snapshot.check(bigflow(*words.split(), cwd=project("nested")))


def test_json_is_one_object_a_line_beside_what_jobs_print(project: Callable[[str], Path]) -> None:
    result = bigflow("run", "-w", "daily", "-r", "2026-01-02", "--json", cwd=project("good"))
    events = [json.loads(line) for line in result.out.splitlines() if line.startswith("{")]
    assert [event["event"] for event in events][:2] == ["run_started", "job_started"]
    assert events[-1]["event"] == "run_ended"
    assert events[-1]["state"] == "success"
    assert result.err == ""


@pytest.mark.parametrize("name", ["bf_env", "BF_ENV"])
def test_the_environment_comes_from_a_variable(name: str, project: Callable[[str], Path]) -> None:
    result = bigflow("run", "-j", "daily.clean", cwd=project("good"), env={name: "dev"})
    assert result.out == "clean in dev\n"


def test_the_option_is_stronger_than_the_variable(project: Callable[[str], Path]) -> None:
    result = bigflow("run", "-j", "daily.clean", "-c", "prod", cwd=project("good"), env={"bf_env": "dev"})
    assert result.out == "clean in prod\n"


def test_at_a_terminal_there_is_colour(project: Callable[[str], Path]) -> None:
    screen = bigflow_at_terminal("run", "-w", "daily", cwd=project("good")).out
    assert "\x1b[32mok\x1b[0m" in screen
    assert "5 jobs succeeded" in screen


@pytest.mark.parametrize(("variable", "unwanted"), [("NO_COLOR=1", r"\x1b\[[0-9;]*m"), ("TERM=dumb", r"\x1b")])
def test_unless_it_is_not_wanted(variable: str, unwanted: str, project: Callable[[str], Path]) -> None:
    name, _, value = variable.partition("=")
    screen = bigflow_at_terminal("run", "-w", "daily", cwd=project("good"), env={name: value}).out
    assert "5 jobs succeeded" in screen
    assert not re.search(unwanted, screen)


def test_colour_can_be_had_in_a_pipe(project: Callable[[str], Path]) -> None:
    result = bigflow("run", "-w", "daily", cwd=project("good"), env={"FORCE_COLOR": "1"})
    assert "\x1b[32mok\x1b[0m" in result.err
    assert "\x1b" not in result.out


def test_a_reader_that_leaves_early_is_no_error(project: Callable[[str], Path]) -> None:
    with start("workflows", cwd=project("good")) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.wait(30) == 0
        assert process.stderr.read() == ""


@pytest.mark.parametrize(
    ("words", "project_name", "code"),
    [
        ("-j daily.clean", "good", 0),  # what it printed was thrown away; it was done all the same
        ("-j ends.raises", "endings", 1),
        ("-w daily --json", "good", 1),  # the first event could not be told: nothing was run
    ],
)
def test_a_reader_that_leaves_early_changes_no_exit_code(
    words: str, project_name: str, code: int, project: Callable[[str], Path]
) -> None:
    with start("run", *words.split(), cwd=project(project_name)) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        told = process.stderr.read()
        assert (process.wait(30), "BrokenPipe" in told) == (code, False), told


def test_a_folder_that_cannot_be_written(project: Callable[[str], Path]) -> None:
    root = project("good")
    (root / "shop" / "__pycache__").touch()  # root may write everywhere, but not into a file that should be a folder
    folders = [root, root / "shop"]
    for folder in folders:
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert bigflow("run", "-w", "daily", cwd=root).code == 0
    finally:
        for folder in folders:
            folder.chmod(stat.S_IRWXU)


def test_one_job_alone_leaves_no_files(project: Callable[[str], Path]) -> None:
    root = project("good")
    before = sorted(root.rglob("*"))
    bigflow("run", "-j", "daily.fetch", cwd=root, env={"PYTHONDONTWRITEBYTECODE": "1"})
    assert sorted(root.rglob("*")) == before


def test_an_edit_in_the_second_of_the_run_before_counts(tmp_path: Path) -> None:
    """`sed`, run, `git checkout`, run: a script is that fast, and both sources may have one length."""
    module = (
        "from bigflow import Workflow, job\n\n\n@job\ndef say(context):\n    print('{word}')\n\n\n"
        "daily = Workflow('daily', [say])\n"
    )
    files = {"pyproject.toml": '[tool.bigflow]\nname = "shop"\n', "shop/__init__.py": ""}
    root = write_files(tmp_path / "project", files)
    source = root / "shop" / "daily.py"
    source.write_text(module.format(word="prise"))
    second = int(source.stat().st_mtime)
    for word in ("prise", "price"):
        source.write_text(module.format(word=word))
        os.utime(source, (second, second))
        result = bigflow("run", "-j", "daily.say", "-r", "2026-01-02", cwd=root)
        assert result.code == 0, result.err
        assert word in result.out
