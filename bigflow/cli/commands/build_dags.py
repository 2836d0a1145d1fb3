"""Turns the project's workflows into DAG files."""

import argparse

from bigflow.cli.build_options import add_build_options, add_dag_options
from bigflow.cli.console import Console
from bigflow.cli.whole_build import build_here


def add_options(parser: argparse.ArgumentParser) -> None:
    add_build_options(parser)
    add_dag_options(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    return build_here("build-dags", arguments, console)
