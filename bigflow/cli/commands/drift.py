"""Turns what was released and what is there into what somebody has changed since."""

import argparse
from dataclasses import asdict

from bigflow.cli.console import Console
from bigflow.cli.deploy_flow import clear_the_way_if_possible
from bigflow.cli.deploy_ground import field, places
from bigflow.cli.deploy_options import add_values
from bigflow.cli.deploy_view import drift_lines
from bigflow.cli.options import add_json
from bigflow.deployer.drift import find_drift
from bigflow.errors import ExitCode


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--exit-code", action="store_true", help="10 if anything was changed")
    add_values(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    ground = places(field(arguments, console), "").ground
    release, found = find_drift(ground, clear_the_way_if_possible(ground, console))
    if console.json:
        told = [asdict(one) for one in found]
        console.data_json({"release": release.number if release else None, "drift": told})
    else:
        for line in drift_lines(found):
            console.data(line)
        if not found:
            console.say(f"all is as in release {release.number}" if release else "nothing was deployed yet")
    return ExitCode.CHANGES if found and arguments.exit_code else ExitCode.OK
