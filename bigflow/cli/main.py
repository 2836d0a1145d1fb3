"""Turns argv into one command, and whatever comes of it into an exit code."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from bigflow.errors import BigflowError, ExitCode

if TYPE_CHECKING:
    import argparse

    from bigflow.cli.console import Console
    from bigflow.cli.options import Parser

# The table of contents: verb, its other name, what it does. `bigflow --help` reads this and loads none of them.
COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("run", "", "run a workflow, or one job of it, here"),
    ("backfill", "", "run a workflow for every period of a range that has no success yet"),
    ("runs", "", "list what ran here; `runs show ID` tells all of one run"),
    ("workflows", "", "list the project's workflows; `workflows show W` draws one"),
    ("install", "", "the project's own environment: requirements, tools and this framework, in .venv"),
    ("build", "", "test the project and make all of its artifacts"),
    ("build-package", "", "test the project and make its wheel, and nothing else"),
    ("build-image", "", "test the project and make its container image, with an engine or without"),
    ("build-dags", "", "write the DAG files of the workflows, checked for each supported Airflow"),
    ("build-requirements", "", "pin and hash requirements.in into requirements.txt"),
    ("builds", "", "list the builds; `builds show ID` tells all of one, `builds diff A B` compares two"),
    ("deploy", "", "put the image into its registry and the DAGs into Airflow; --plan only tells what would change"),
    ("deploy-image", "", "put the image into its registry"),
    ("deploy-dags", "", "put the DAGs into Airflow, for an image that is in its registry"),
    ("rollback", "", "go back to a release, from any machine that has the configuration"),
    ("releases", "", "list what was deployed to an environment"),
    ("undeploy", "", "remove a workflow from Airflow"),
    ("drift", "", "what somebody has changed since the last release"),
    ("logs", "", "links to the logs of a deployed workflow"),
    ("check", "", "whether what was built still fits, and the configuration is right"),
    ("generate", "", "code from .proto files and the like, for editors and local runs; a build does so by itself"),
    ("cache", "", "what builds keep to be quick, and how large it is; --clear removes it"),
    ("start-project", "", "a new project that runs, builds and deploys at once"),
    ("migrate", "", "bring a project of bigflow 1.11 over: show the changes, then make them"),
    ("release", "", "give this commit the next version: tag it and push the tag"),
    ("project-version", "pv", "the version that a build of this project would have"),
    ("doctor", "", "what this machine, project and environment can and cannot do"),
    ("completion", "", "print a completion script for bash, zsh or fish"),
)


class Command(Protocol):
    """What a module in `commands/` offers."""

    def add_options(self, parser: "argparse.ArgumentParser") -> None: ...
    def run(self, arguments: "argparse.Namespace", console: "Console") -> int: ...


def main(argv: Sequence[str] | None = None) -> int:
    """The whole command line; console scripts and `python -m bigflow` call it."""
    words = list(sys.argv[1:] if argv is None else argv)
    _open_what_is_closed()
    code: int = ExitCode.OK
    try:
        code = _main(words)
        if not sys.stdout.closed:
            sys.stdout.flush()  # now: while the interpreter ends, a reader that has left would count as a failure
    except BrokenPipeError:
        _reader_left()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return ExitCode.INTERRUPTED
    return code


def _main(words: list[str]) -> int:
    leading, rest = _leading_options(words)
    if "--version" in leading:
        from bigflow._version import __version__

        print(f"bigflow-framework {__version__}")
        return ExitCode.OK
    if not rest or "-h" in leading or "--help" in leading:
        print(_overview(), end="")
        return ExitCode.OK if leading or not words else ExitCode.USAGE
    return _command(rest[0], [*rest[1:], *leading])


def _command(verb: str, words: list[str]) -> int:
    from bigflow.cli.console import Console
    from bigflow.cli.options import console_wishes

    console = Console(*console_wishes(words))
    try:
        command, parser = load(_full_name(verb))
        return command.run(parser.parse(words), console)
    except BigflowError as error:
        console.error(error)
        return error.exit_code
    except (KeyboardInterrupt, BrokenPipeError, SystemExit):
        raise
    except Exception as bug:
        return _our_bug(bug, console)


def load(name: str) -> "tuple[Command, Parser]":
    """One command, with the parser of its options."""
    from bigflow.cli.options import Parser

    command: Command = import_module(f"bigflow.cli.commands.{name.replace('-', '_')}")
    parser = Parser.of(name, _summary(name))
    command.add_options(parser)
    return command, parser


def _leading_options(words: list[str]) -> tuple[list[str], list[str]]:
    """Options before the verb belong to it: `bigflow -v run` is `bigflow run -v`."""
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] == "--project-dir" else 1
    return words[:at], words[at:]


def _full_name(verb: str) -> str:
    for name, alias, _ in COMMANDS:
        if verb in (name, alias):
            return name
    from bigflow.errors import UsageError, nearest

    meant = nearest(verb, [name for name, _, _ in COMMANDS])
    raise UsageError(
        f"there is no command {verb!r}" + (f"; did you mean {meant!r}?" if meant else ""), hint="bigflow --help"
    )


def _summary(name: str) -> str:
    return next(summary for known, _, summary in COMMANDS if known == name)


def _overview() -> str:
    width = max(len(name) for name, _, _ in COMMANDS) + 2
    lines = [f"  {name:<{width}}{summary}" for name, _, summary in COMMANDS]
    return "\n".join(
        [
            "usage: bigflow COMMAND [options]     (`bf` is the same)",
            "",
            "Batch pipelines in Python: run them here as in production, build them, deploy them to any Airflow.",
            "",
            *lines,
            "",
            "bigflow COMMAND --help   options of a command",
            "bigflow --version        version of the framework",
            "",
        ]
    )


def _open_what_is_closed() -> None:
    """Whoever starts us without an output (`2>&-`, some daemons) wants no words, not a failure."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            import os

            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - for good


def _reader_left() -> None:
    """`bigflow workflows | head`: who read us has seen enough; the rest must not fail while the interpreter ends."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _our_bug(bug: Exception, console: "Console") -> int:
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="bigflow-error-", suffix=".log", delete=False) as log:
        log.write("".join(traceback.format_exception(bug)))
    console.error(
        BigflowError(
            f"bigflow itself failed: {type(bug).__name__}: {bug}",
            where=log.name,
            hint="this is our bug, not yours; please report it with that file",
        )
    )
    return ExitCode.INTERNAL
