"""Turns the words of a build command into a build of the project that the user is in, and it into an exit code."""

import argparse
import signal
from types import FrameType

from bigflow.builder.history.kept import REPORT
from bigflow.builder.session import build
from bigflow.cli.build_options import ask, place
from bigflow.cli.build_view import listener
from bigflow.cli.console import Console
from bigflow.cli.here import built_root, go_into, outside_of_a_project, project_root
from bigflow.errors import ExitCode
from bigflow.project.layout import ALL_VARIANTS


def build_here(command: str, arguments: argparse.Namespace, console: Console) -> int:
    """The whole of it."""
    terminated = interrupt_on_term()
    if arguments.variant == ALL_VARIANTS:
        from bigflow.cli.each_variant import each_variant  # late: nearly all commands are about one

        return each_variant(arguments, console)
    root = project_root(arguments, console) if arguments.variant is not None else built_root(arguments)
    if root is None:
        raise outside_of_a_project(arguments)
    if arguments.variant is not None:
        from bigflow.builder.publishing import published_path  # late: most projects have no variants

        console.names += ((REPORT, published_path(REPORT, arguments.variant)),)
    go_into(root, console)
    wanted = ask(command, arguments)
    then = " ".join(("bigflow deploy", *(("-c", arguments.config) if arguments.config else ()), "--plan"))
    report = build(place(root, arguments), wanted, listener(console, then))
    return ExitCode.TERMINATED if terminated else report.exit_code


def interrupt_on_term() -> list[int]:
    """SIGTERM ends a build as Ctrl-C does: its programs first."""
    came: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        came.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, note)
    return came
