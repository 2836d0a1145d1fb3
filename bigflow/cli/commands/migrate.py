"""Turns a project of 1.11 into one of today: tells the changes, and makes them when they are wanted."""

import argparse

from bigflow.cli.console import Console
from bigflow.cli.here import outside_of_a_project, project_root
from bigflow.cli.options import add_json
from bigflow.cli.questions import agreed, at_terminal
from bigflow.errors import ExitCode
from bigflow.project.spec import read_spec
from bigflow.scaffold.migrate.plan import Plan, make, plan


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="make the changes without asking")
    add_json(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    root = project_root(arguments)
    if root is None:
        raise outside_of_a_project(arguments)
    console.root = root
    planned = plan(read_spec(root, execute=True))
    made = arguments.yes and bool(planned.changes)
    if console.json:
        if made:
            make(planned)
        console.data_json(_as_data(planned, made))
        return ExitCode.OK
    _tell(planned, console)
    if not planned.changes:
        console.say("nothing to change")
        return ExitCode.OK
    if not made and at_terminal() and agreed("Make these changes?", console):
        made = True
    if not made:
        console.say("nothing was changed: bigflow migrate --yes makes the changes")
        return ExitCode.OK
    make(planned)
    console.say(f"changed: {', '.join(change.path for change in planned.changes)}")
    console.say("Next: bigflow install")
    return ExitCode.OK


def _tell(planned: Plan, console: Console) -> None:
    for change in planned.changes:
        console.data(change.diff)
    for finding in planned.notices:
        console.say(f"{console.paint('left to you', 'yellow')}: {finding.message}")
        console.say(f"  at: {finding.where}")
        console.say(f"  hint: {finding.hint}")


def _as_data(planned: Plan, made: bool) -> dict[str, object]:
    return {
        "changed": made,
        "changes": [{"path": change.path, "diff": change.diff} for change in planned.changes],
        "notices": [finding._asdict() for finding in planned.notices],
    }
