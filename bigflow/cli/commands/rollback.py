"""Turns `bigflow rollback` into what was deployed before, from any machine that has the configuration."""

import argparse

from bigflow.cli.console import Console
from bigflow.cli.deploy_flow import carry_out, clear_the_way
from bigflow.cli.deploy_ground import field, places
from bigflow.cli.deploy_options import add_agreement, add_values
from bigflow.cli.options import add_json
from bigflow.deployer.deploying import plan_rollback


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", metavar="N", type=int, help="this release (default: the one before the last)")
    add_agreement(parser)
    add_values(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    ground = places(field(arguments, console), "").ground
    opened = clear_the_way(ground, console, only_looking=arguments.plan)
    return carry_out(plan_rollback(ground, arguments.to, opened), ground, arguments, console)
