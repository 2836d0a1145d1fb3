"""Turns the records of an environment into the list of its releases."""

import argparse

from bigflow.cli.console import Console
from bigflow.cli.deploy_flow import clear_the_way_if_possible
from bigflow.cli.deploy_ground import field, places
from bigflow.cli.deploy_json import entry_as_json
from bigflow.cli.deploy_options import add_values
from bigflow.cli.deploy_view import release_lines
from bigflow.cli.options import add_json
from bigflow.errors import ExitCode


def add_options(parser: argparse.ArgumentParser) -> None:
    add_values(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    ground = places(field(arguments, console), "").ground
    history = clear_the_way_if_possible(ground, console).state.history
    if console.json:
        console.data_json([entry_as_json(entry) for entry in reversed(history)])
        return ExitCode.OK
    for line in release_lines(history):
        console.data(line)
    if not history:
        console.note(f"nothing was deployed to {ground.environment} yet")
    return ExitCode.OK
