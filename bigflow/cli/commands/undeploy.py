"""Turns `bigflow undeploy -w W` into an Airflow without that workflow."""

import argparse

from bigflow.cli.console import Console
from bigflow.cli.deploy_flow import carry_out, clear_the_way
from bigflow.cli.deploy_ground import field, places
from bigflow.cli.deploy_options import add_agreement, add_values
from bigflow.cli.options import add_json
from bigflow.deployer.deploying import plan_undeploy


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-w", "--workflow", metavar="W", required=True, help="the workflow to remove")
    add_agreement(parser)
    add_values(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    ground = places(field(arguments, console), "").ground
    opened = clear_the_way(ground, console, only_looking=arguments.plan)
    return carry_out(plan_undeploy(ground, arguments.workflow, opened), ground, arguments, console)
