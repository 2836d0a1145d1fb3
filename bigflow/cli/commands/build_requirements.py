"""Turns requirements.in into requirements.txt: every package in one exact version, with the hashes of its files."""

import argparse
import os
from dataclasses import replace

from bigflow.builder.requirements.order import order_of
from bigflow.builder.uv.calling import plain_tool
from bigflow.cli.console import Console
from bigflow.cli.here import outside_of_a_project, project_root
from bigflow.cli.locking import alone, interpreter, keep_lock, lock_requirements
from bigflow.cli.options import add_variant
from bigflow.errors import ExitCode, UsageError
from bigflow.project.layout import ALL_VARIANTS
from bigflow.project.spec import read_spec

TIME_LIMIT = 1800.0  # seconds: what has no wheel may have to be built


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.usage = "bigflow build-requirements [IN_FILE] [options]"
    parser.add_argument("in_file", nargs="?", metavar="IN_FILE", help="another file than the project's requirements.in")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that are allowed")
    parser.add_argument(
        "--upgrade-package", metavar="P", action="append", default=[], help="of this package only; repeatable"
    )
    add_variant(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    if arguments.variant == ALL_VARIANTS:
        from bigflow.cli.each_variant import each_variant  # late: nearly all commands are about one

        return each_variant(arguments, console)
    root = project_root(arguments, console)
    if root is None:
        raise outside_of_a_project(arguments)
    console.root = root
    named = os.path.relpath(os.path.abspath(arguments.in_file), root) if arguments.in_file else ""
    order = replace(
        order_of(read_spec(root, execute=True), interpreter(root), named),
        upgrade=arguments.upgrade,
        upgrade_packages=tuple(arguments.upgrade_package),
    )
    if not os.path.isfile(os.path.join(root, order.source)):
        raise UsageError(
            f"there is no {order.source}", hint=f"write it, one package a line: echo 'pandas>=2' > {order.source}"
        )
    with alone(root, "build-requirements", console) as scratch:
        lock_requirements(order, plain_tool(root, TIME_LIMIT), scratch, console)
        keep_lock(arguments)
    return ExitCode.OK
