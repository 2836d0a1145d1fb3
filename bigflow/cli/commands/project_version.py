"""Turns the project as it lies there, or one of its commits, into the version that a build would have."""

import argparse

from bigflow.cli.console import Console
from bigflow.cli.here import outside_of_a_project, project_root
from bigflow.cli.options import add_json
from bigflow.errors import ExitCode
from bigflow.project.spec import read_spec
from bigflow.project.version import commit_version, project_version


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--git-commit", metavar="SHA", help="the version of that commit, whatever the files are now")
    add_json(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    root = project_root(arguments)
    if root is None:
        raise outside_of_a_project(arguments)
    console.root = root
    commit: str | None = arguments.git_commit
    version = project_version(root, read_spec(root, execute=True)) if commit is None else commit_version(root, commit)
    if console.json:
        console.data_json({"version": version.value, "explanation": version.explanation, "hint": version.hint})
        return ExitCode.OK
    console.data(version.value)
    if console.verbose or version.hint:
        console.note(version.explanation)
    if version.hint:
        console.say(f"  hint: {version.hint}")
    return ExitCode.OK
