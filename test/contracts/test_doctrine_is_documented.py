"""docs/reference/doctrine.md says what the rules are, and this repository keeps them."""

import os
import sys
import tomllib
from pathlib import Path

import yaml
from support.doctrine import CACHE

from bigflow.artifacts.doctrine.doctrine import Doctrine
from bigflow.artifacts.doctrine.rules import BIG, RULES
from bigflow.artifacts.doctrine.standing import LOCKS, OUTPUTS
from bigflow.builder.doctrine import settings
from bigflow.builder.doctrine.examining import examined
from bigflow.builder.opening import open_project
from bigflow.builder.step import Interpreter
from bigflow.cli.main import load
from bigflow.project.git import Repository, open_repository

ROOT = Path(__file__).parents[2]
PATH = ROOT / "docs/reference/doctrine.md"
UPDATE = bool(os.environ.get("UPDATE_SNAPSHOTS"))
_SEVERITIES = {"fail": "fails", "warn": "warns"}


def table(page: str, heading: str) -> list[str]:
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("|")][2:]


def test_every_rule_has_its_line() -> None:
    page = PATH.read_text(encoding="utf-8")
    wanted = [
        f"| `{name}` | {rule.wants} | {rule.why} | {_SEVERITIES[rule.severity]} |" for name, rule in RULES.items()
    ]
    if UPDATE:
        PATH.write_text(page.replace("\n".join(table(page, "Rules")), "\n".join(wanted)), encoding="utf-8")
    else:
        assert table(page, "Rules") == wanted


def test_every_standing_output_has_its_line() -> None:
    page = PATH.read_text(encoding="utf-8")
    wanted = [f"| `{output.pattern}` | {output.why} |" for output in OUTPUTS]
    if UPDATE:
        PATH.write_text(page.replace("\n".join(table(page, "Outputs")), "\n".join(wanted)), encoding="utf-8")
    else:
        assert table(page, "Outputs") == wanted


def test_every_lock_is_named() -> None:
    assert ", ".join(f"`{lock}`" for lock in LOCKS) in PATH.read_text(encoding="utf-8")
    assert f"{BIG // 1_000_000} MB" in RULES["big-files"].wants


def test_the_settings_know_every_rule() -> None:
    assert tuple(RULES) == settings.RULES


def test_the_example_can_be_read() -> None:
    example = PATH.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    said = tomllib.loads(example)["tool"]["bigflow"]["doctrine"]
    assert settings.doctrine_settings(tuple(said.items()), "") != Doctrine()


def test_the_hook_is_a_command() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    program, verb, *words = hook["entry"].split()
    assert (hook["id"], program) == ("bigflow-check", "bigflow")
    assert load(verb)[1].parse(words)


def test_this_repository_keeps_the_doctrine() -> None:
    python = Interpreter(sys.executable, "3.11.0", False)
    project = open_project(str(ROOT), python, str(CACHE), None)
    repository = open_repository(str(ROOT))
    assert isinstance(repository, Repository)
    assert [one.violation for one in examined(project, repository).judged] == []
