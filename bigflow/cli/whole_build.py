"""Turns the words of a build command into a build of the project that the user is in, and it into an exit code."""

import argparse
import signal
from types import FrameType

from bigflow.builder.session import build
from bigflow.cli.build_options import ask, place
from bigflow.cli.build_view import listener
from bigflow.cli.console import Console
from bigflow.cli.here import built_root, go_into, outside_of_a_project
from bigflow.errors import ExitCode


def build_here(command: str, arguments: argparse.Namespace, console: Console) -> int:
    """The whole of it."""
    root = built_root(arguments)
    if root is None:
        raise outside_of_a_project(arguments)
    go_into(root, console)
    wanted = ask(command, arguments)
    terminated = interrupt_on_term()
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
