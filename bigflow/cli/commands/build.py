"""Turns the project into tested artifacts, all of them; or runs its buildspec."""

import argparse

from bigflow.cli.build_options import add_build_options, add_dag_options
from bigflow.cli.console import Console
from bigflow.cli.whole_build import build_here


def add_options(parser: argparse.ArgumentParser) -> None:
    add_build_options(parser)
    add_dag_options(parser)
    parser.add_argument("--target", choices=("emr",), help="only what this needs: emr, the bundle in build_output/")
    buildspec = parser.add_argument_group("buildspec.yml of AWS CodeBuild")
    buildspec.add_argument(
        "--buildspec", metavar="FILE", help="run this buildspec instead: its commands, on this machine"
    )
    buildspec.add_argument("--in-place", action="store_true", help="run it in the sources themselves, not in a copy")
    buildspec.add_argument("--artifacts", metavar="S3", help="upload its artifacts as well: s3://bucket/prefix")
    buildspec.add_argument("--batch-entry", metavar="NAME", help="run this entry of its batch")


def run(arguments: argparse.Namespace, console: Console) -> int:
    from bigflow.cli.whole_buildspec import build_buildspec_here, refuse_alone  # late: most builds need it not

    if arguments.buildspec is not None:
        return build_buildspec_here(arguments, console)
    refuse_alone(arguments)
    return build_here(f"build --target {arguments.target}" if arguments.target else "build", arguments, console)
