"""Turns the name of a shell into the script that completes commands, options and names of the project in it."""

import argparse
from importlib import import_module

from bigflow.cli.console import Console
from bigflow.cli.here import project_root
from bigflow.errors import ExitCode, UsageError

SHELLS = ("bash", "zsh", "fish")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.usage = "bigflow completion bash|zsh|fish"
    parser.add_argument("shell", nargs="?", choices=SHELLS, help="the shell that is to complete")
    # What the scripts ask while the user types.
    parser.add_argument("--of", choices=("workflows", "jobs", "environments"), help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace, console: Console) -> int:
    if arguments.of:
        from bigflow.cli.completion.candidates import candidates

        root = project_root(arguments)
        for name in candidates(root, arguments.of) if root is not None else ():
            console.data(name)
        return ExitCode.OK
    if arguments.shell is None:
        raise UsageError("for which shell?", hint='eval "$(bigflow completion bash)"   (or zsh, or fish)')
    from bigflow.cli.completion.grammar import verbs

    console.data(import_module(f"bigflow.cli.completion.{arguments.shell}").script(verbs()).rstrip())
    return ExitCode.OK
