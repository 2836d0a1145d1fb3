"""Completion in real shells: what is offered for what has been typed so far."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.cli import at_terminal, bigflow, clean_environment
from support.needs import missing

from bigflow.cli.main import COMMANDS

# What is typed, with the last word unfinished -> what must be offered.
OFFERED: dict[str, set[str]] = {
    "bigflow ": {name for command in COMMANDS for name in command[:2] if name},
    "bigflow wor": {"workflows"},
    "bigflow -v do": {"doctor"},
    "bigflow --project-dir . do": {"doctor"},
    "bigflow run --para": {"--param", "--parallel"},
    "bigflow run -w ": {"daily", "weekly"},
    "bigflow run --workflow we": {"weekly"},
    "bigflow run -c prod -j da": {"daily."},
    "bigflow run -c ": {"local", "dev", "prod"},
    "bigflow workflows sh": {"show"},
    "bigflow workflows show d": {"daily"},
    "bigflow workflows show daily --format me": {"mermaid"},
    "bigflow pv --git": {"--git-commit"},
    "bigflow completion f": {"fish"},
    "bigflow doctor --project-dir sh": {"shop/"},
    "bf run -w d": {"daily"},
}


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Where the shells find `bigflow` and `bf`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("bigflow", "bf"):
        program = folder / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bigflow "$@"\n')
        program.chmod(0o755)
    return f"{folder}:{clean_environment()['PATH']}"


@pytest.fixture
def root(project: Callable[[str], Path]) -> Path:
    return project("good")


def shell(name: str) -> str:
    found = shutil.which(name)
    return found or missing(name, "it is not on PATH")


def script(name: str, root: Path) -> Path:
    result = bigflow("completion", name, cwd=root)
    assert (result.code, result.err) == (0, "")
    file = root.parent / f"completion.{name}"
    file.write_text(result.out)
    return file


def output(command: list[str], root: Path, path: str) -> str:
    done = subprocess.run(command, cwd=root, env=clean_environment({"PATH": path}), capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout


def in_bash(typed: str, root: Path, path: str) -> set[str]:
    program = (
        'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _bigflow; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    words = typed.split(" ")
    return set(output([shell("bash"), "-c", program, "bash", str(script("bash", root)), *words], root, path).split())


@pytest.mark.parametrize("typed", OFFERED)
def test_bash(typed: str, root: Path, path: str) -> None:
    assert in_bash(typed, root, path) == {name.removesuffix("/") for name in OFFERED[typed]}


def test_bash_splits_at_an_equals_sign(root: Path, path: str) -> None:
    assert in_bash("bigflow run --workflow = w", root, path) == {"weekly"}
    assert in_bash("bigflow run --workflow =", root, path) == {"daily", "weekly"}


@pytest.mark.parametrize("typed", OFFERED)
def test_fish(typed: str, root: Path, path: str) -> None:
    command = f"source {script('fish', root)}; complete --do-complete '{typed}'"
    offered = output([shell("fish"), "--no-config", "-c", command], root, path)
    assert {line.partition("\t")[0] for line in offered.splitlines()} == OFFERED[typed]


@pytest.mark.parametrize("typed", [typed for typed, offered in OFFERED.items() if len(offered) == 1])
def test_zsh(typed: str, root: Path, path: str) -> None:
    """At a real prompt: the tab completes the only candidate, and the command is then shown instead of run."""
    rest = "\n".join(
        [
            "PROMPT='> '; autoload -U compinit; compinit -u -D",
            f"source {script('zsh', root)}",
            "accept() { print -r -- \"[$BUFFER]\"; exit }; zle -N accept; bindkey '^X' accept",
        ]
    )
    (root.parent / ".zshrc").write_text(rest)
    environment = {"PATH": path, "ZDOTDIR": str(root.parent)}
    screen = at_terminal([shell("zsh"), "-i"], cwd=root, env=environment, typed=f"{typed}\t\x18").out
    completed = f"{typed.rpartition(' ')[0]} {next(iter(OFFERED[typed]))}"
    assert f"[{completed}" in screen, screen


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_a_shell_accepts_the_script(name: str, root: Path, path: str) -> None:
    assert output([shell(name), "-n", str(script(name, root))], root, path) == ""


def test_candidates_are_found_without_running_anything(project: Callable[[str], Path]) -> None:
    root = project("untouchable")
    result = bigflow("completion", "--of", "workflows", cwd=root)
    assert (result.code, result.out, result.err) == (0, "", "")
    (root / "pyproject.toml").write_text('[tool.bigflow]\nname = "shop"\n')
    (root / "setup.py").unlink()
    (root / "project_setup.py").unlink()
    assert bigflow("completion", "--of", "workflows", cwd=root).out == "daily\n"
    assert bigflow("completion", "--of", "environments", cwd=root).out == "local\n"
    assert list(root.rglob("executed.txt")) == []


@pytest.mark.parametrize("kind", ["workflows", "jobs", "environments"])
def test_outside_of_a_project_there_are_none(kind: str, tmp_path: Path) -> None:
    result = bigflow("completion", "--of", kind, cwd=tmp_path)
    assert (result.code, result.out, result.err) == (0, "", "")


def test_an_id_that_a_shell_would_execute_is_not_offered(root: Path, path: str, tmp_path: Path) -> None:
    trap = tmp_path / "executed.txt"
    ids = (f"$(touch {trap})", f"x`touch {trap}`", "x;y", "-rf", "")
    code = "\n".join(f"Workflow({name!r}, [])" for name in ids)
    (root / "shop" / "trap.py").write_text(f"from bigflow import Workflow\n\n{code}\n")
    assert in_bash("bigflow run -w ", root, path) == {"daily", "weekly"}
    assert not trap.exists()
