"""Turns `bigflow release` into a tag, and says which version it is."""

import argparse
import os

from bigflow.cli.console import Console
from bigflow.cli.here import outside_of_a_project, project_root
from bigflow.cli.options import add_json
from bigflow.errors import ExitCode, UsageError
from bigflow.project.release import Release, Wish, release
from bigflow.project.spec import read_spec


def add_options(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    for part, example in (("major", "1.2.3 -> 2.0"), ("minor", "1.2.3 -> 1.3 (default)"), ("patch", "1.2.3 -> 1.2.4")):
        which.add_argument(f"--{part}", dest="part", action="store_const", const=part, default="minor", help=example)
    which.add_argument("--version", metavar="X", dest="number", help="this very version; greater than the last one")
    parser.add_argument("--no-push", action="store_true", help="tag here only")
    parser.add_argument("-i", "--ssh-identity-file", metavar="FILE", help="the ssh key to push with")
    add_json(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    root = project_root(arguments)
    if root is None:
        raise outside_of_a_project(arguments)
    console.root = root
    wish = Wish(arguments.part, arguments.number, not arguments.no_push, _identity_file(arguments))
    _tell(release(read_spec(root, execute=True), wish), console)
    return ExitCode.OK


def _identity_file(arguments: argparse.Namespace) -> str | None:
    said: str | None = arguments.ssh_identity_file
    if said is None:
        return None
    if arguments.no_push:
        raise UsageError("--ssh-identity-file is for pushing, and --no-push is said", hint="leave out one of them")
    path = os.path.abspath(os.path.expanduser(said))  # git pushes from the project, wherever we are
    if not os.path.isfile(path):
        raise UsageError(f"there is no ssh key {said}", where=path, hint="-i takes the file of a private key")
    return path


def _tell(made: Release, console: Console) -> None:
    if console.json:
        told = made._asdict()
        console.data_json({**told, "notices": [finding._asdict() for finding in made.notices]})
        return
    console.data(made.version)
    for finding in made.notices:
        console.note(finding.message + (f" ({finding.hint})" if finding.hint else ""))
    before = f", after {made.before}" if made.before else ", the first version"
    pushed = f", pushed to {made.pushed_to}" if made.pushed_to else ""
    console.say(f"tag {made.tag} at {made.commit[:8]}{before}{pushed}")
    console.say(f"  undo: {made.undo}")
