"""Turns the project's .proto files, and what its hooks read, into code for editors and local runs; or tells its age."""

import argparse

from bigflow.builder.opening import open_project
from bigflow.cli.build_options import place
from bigflow.cli.console import Console
from bigflow.cli.here import go_into, outside_of_a_project, project_root
from bigflow.cli.options import add_json, add_variant
from bigflow.cli.whole_build import build_here
from bigflow.errors import ExitCode


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="only tell whether the generated code is up to date")
    parser.add_argument("--no-cache", action="store_true", help="generate it anew, also when nothing has changed")
    parser.add_argument("--offline", action="store_true", help="reach for nothing outside this machine")
    add_variant(parser)
    add_json(parser)
    parser.set_defaults(
        config=None,
        clean=False,
        only=[],
        skip=[],
        since=None,
        upgrade=False,
        upgrade_package=[],
        export_image_tar=None,
        image_base=None,
        parallel=1,
        build_arg=[],
        build_secret=[],
        cache_from_image=[],
        cache_from_version=[],
    )


def run(arguments: argparse.Namespace, console: Console) -> int:
    return _check(arguments, console) if arguments.check else build_here("generate", arguments, console)


def _check(arguments: argparse.Namespace, console: Console) -> int:
    from bigflow.builder.generation.generating import outdated  # late: a build imports what it needs of this

    root = project_root(arguments, console)
    if root is None:
        raise outside_of_a_project(arguments)
    go_into(root, console)
    at = place(root, arguments)
    findings = outdated(open_project(at.root, at.python, at.cache, at.source_date, at.laid))
    if console.json:
        console.data_json({"up_to_date": not findings, "findings": [finding._asdict() for finding in findings]})
    else:
        for finding in findings:
            console.data(f" ! {finding.message}   {finding.hint}")
        if not findings:
            console.data(" ok generated code is up to date")
    return ExitCode.FAILED if findings else ExitCode.OK
