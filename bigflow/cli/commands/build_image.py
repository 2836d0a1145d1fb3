"""Turns the project into its image, tested."""

import argparse

from bigflow.cli.build_options import add_build_options
from bigflow.cli.console import Console
from bigflow.cli.whole_build import build_here


def add_options(parser: argparse.ArgumentParser) -> None:
    add_build_options(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    return build_here("build-image", arguments, console)
