"""Turns `bigflow deploy-dags` into DAGs in Airflow's folder, for an image that is in its registry already."""

import argparse

from bigflow.cli.commands.deploy import deploy
from bigflow.cli.console import Console
from bigflow.cli.deploy_options import add_agreement, add_build, add_values
from bigflow.cli.options import add_json


def add_options(parser: argparse.ArgumentParser) -> None:
    add_agreement(parser)
    add_build(parser, image=False, dags=True)
    add_values(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    return deploy(arguments, console, image="", push=False)
