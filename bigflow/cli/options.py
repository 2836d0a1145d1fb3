"""Turns words into the options of a command: those that commands share, and errors that name the nearest spelling."""

import argparse
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn, Self

from bigflow.errors import UsageError, nearest

if TYPE_CHECKING:
    pass


class _Help(argparse.HelpFormatter):
    """`-c, --config ENV` with its help on one line, on every Python."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30, width=_columns() - 2)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings or action.nargs == 0:
            return super()._format_action_invocation(action)
        value = self._format_args(action, self._get_default_metavar_for_optional(action))
        return f"{', '.join(action.option_strings)} {value}"


def _columns() -> int:
    """The width of the terminal. Argparse asks for every option, and would import shutil with all that it brings."""
    try:
        return int(os.environ.get("COLUMNS") or os.get_terminal_size().columns) or 80
    except (ValueError, OSError):  # no number, or no terminal
        return 80


class Parser(argparse.ArgumentParser):
    """A parser that raises instead of exiting, and knows what was probably meant."""

    @classmethod
    def of(cls, verb: str, summary: str) -> Self:
        """The parser of one command, with the options that every command has."""
        parser = cls(
            prog=f"bigflow {verb}",
            usage=f"bigflow {verb} [options]",
            description=summary[:1].upper() + summary[1:] + ".",
            formatter_class=_Help,
            allow_abbrev=False,
        )
        shared = parser.add_argument_group("shared options")
        shared.add_argument("--project-dir", metavar="DIR", help="the project (default: found from here upward)")
        shared.add_argument("-v", "--verbose", action="store_true", help="tell more")
        return parser

    def parse(self, words: Iterable[str]) -> argparse.Namespace:
        arguments, unknown = self.parse_known_args(list(words))
        if unknown:
            raise self._unknown(unknown[0].partition("=")[0])
        return arguments

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, hint=f"{self.prog} --help")

    def _check_value(self, action: argparse.Action, value: str) -> None:
        if action.choices is None or value in action.choices:
            return
        known = [str(choice) for choice in action.choices]
        name = "/".join(action.option_strings) or str(action.metavar or action.dest)
        meant = nearest(value, known)
        message = f"{name} cannot be {value!r}" + (f"; did you mean {meant!r}?" if meant else "")
        raise UsageError(message, hint=f"one of {', '.join(known)}" if len(known) > 1 else f"{self.prog} --help")

    def _unknown(self, option: str) -> UsageError:
        if not option.startswith("-"):
            return UsageError(f"{option!r} is one word too many", hint=f"{self.prog} --help")
        meant = nearest(option, self._option_string_actions)
        message = f"{self.prog} has no option {option}" + (f"; did you mean {meant}?" if meant else "")
        return UsageError(message, hint=f"{self.prog} --help")


def add_json(parser: argparse.ArgumentParser) -> None:
    """`--json`, for commands that return data."""
    parser.add_argument("--json", action="store_true", help="data as JSON on standard output")


def add_environment(parser: argparse.ArgumentParser) -> None:
    """`-c/--config ENV`, as in 1.11."""
    parser.add_argument("-c", "--config", metavar="ENV", help="environment of deployment_config.py and of your Config")


def add_variant(parser: argparse.ArgumentParser) -> None:
    """`--variant NAME`, for commands that read the project's files."""
    parser.add_argument("--variant", metavar="NAME", help="be about this variant of the project; see build-variants.md")


def console_wishes(words: list[str]) -> tuple[bool, bool]:
    """(json, verbose), known before the rest is parsed, so that errors of parsing are told in the right form too."""
    return "--json" in words, "-v" in words or "--verbose" in words or bool(os.environ.get("BIGFLOW_VERBOSE"))
