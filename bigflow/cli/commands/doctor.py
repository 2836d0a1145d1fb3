"""Turns the examination of machine, project and environment into a report that says what to do next."""

import argparse
import os
from dataclasses import asdict

from bigflow.cli.console import Console
from bigflow.cli.deploy_options import add_values
from bigflow.cli.here import go_into, outside_of_a_project, project_root
from bigflow.cli.options import add_json
from bigflow.errors import ExitCode
from bigflow.project.examination import Check, Examination, State, examine_machine, examine_project

_MARKS: dict[State, str] = {"ok": "ok", "warn": "~", "missing": "!", "wrong": "!", "info": "-"}
_WIDEST_TITLE = 34  # a longer one pushes the rest of its own line only
_LONGEST_LINE = 100  # of a longer one the hint gets a line of its own


def add_options(parser: argparse.ArgumentParser) -> None:
    add_values(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    root = project_root(arguments)
    if root is not None:
        go_into(root, console)
    elif arguments.config and not _has_configuration(arguments):
        raise outside_of_a_project(arguments)
    found = [examine_machine(), *(examine_project(root, arguments.config) if root is not None else ())]
    known = [check for examination in found[1:] for check in examination.checks]
    if arguments.config and not any(check.state == "wrong" for check in known):
        found += _places(arguments, console, {check.title for check in known})
    if console.json:
        console.data_json([_as_json(examination, console) for examination in found])
    else:
        for examination in found:
            _show(examination, console)
        if root is None and not arguments.config:
            console.say("this is not inside a bigflow project: only the machine was examined")
    return ExitCode.OK if all(examination.passed for examination in found) else ExitCode.USAGE


def _has_configuration(arguments: argparse.Namespace) -> bool:
    """A folder that is no project, but knows environments: from there one can go back to a release."""
    from bigflow.cli.deploy_ground import folder_with_config

    start = os.path.abspath(arguments.project_dir or os.getcwd())
    return bool(arguments.deployment_config_path or folder_with_config(start))


def _places(arguments: argparse.Namespace, console: Console, told: set[str]) -> list[Examination]:
    """Nothing, if all that there is to say has been told."""
    from bigflow.cli.deploy_doctor import examine_places

    examined = examine_places(arguments, console, told)
    return [examined] if examined.checks else []


def _show(examination: Examination, console: Console) -> None:
    console.data(examination.title)
    width = max((len(check.title) for check in examination.checks if len(check.title) <= _WIDEST_TITLE), default=0)
    for check in examination.checks:
        parts = [f" {_MARKS[check.state]:<2} {check.title:<{width}}", check.detail, check.where]
        line = console.place("   ".join(part for part in parts if part)).rstrip()
        hint = console.place(check.hint)
        between = "   " if len(line) + len(hint) <= _LONGEST_LINE else "\n      "
        console.data(f"{line}{between}{hint}" if hint else line)


def _as_json(examination: Examination, console: Console) -> dict[str, object]:
    return {"title": examination.title, "checks": [_check_as_json(check, console) for check in examination.checks]}


def _check_as_json(check: Check, console: Console) -> dict[str, str]:
    return {name: console.place(text) for name, text in asdict(check).items()}
