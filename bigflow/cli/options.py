"""Turns words into the options of a command: those that commands share, and errors that name the nearest spelling."""

import argparse
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn, Self

from bigflow.errors import UsageError, nearest

if TYPE_CHECKING:
    from bigflow.cli.console import Console


class Parser(argparse.ArgumentParser):
    """A parser that raises instead of exiting, and knows what was probably meant."""

    obsolete: dict[str, str]  # an option of 1.11 -> the note that is given instead of an error

    @classmethod
    def of(cls, verb: str, summary: str) -> Self:
        """The parser of one command, with the options that every command has."""
        parser = cls(prog=f"bigflow {verb}", description=summary[:1].upper() + summary[1:] + ".", allow_abbrev=False)
        parser.obsolete = {}
        shared = parser.add_argument_group("shared options")
        shared.add_argument("--project-dir", metavar="DIR", help="the project (default: found from here upward)")
        shared.add_argument("-v", "--verbose", action="store_true", help="tell more")
        return parser

    def parse(self, words: Iterable[str], console: "Console") -> argparse.Namespace:
        arguments, unknown = self.parse_known_args(list(words))
        for word in unknown:
            option = word.partition("=")[0]
            if option not in self.obsolete:
                raise self._unknown(option)
            console.note(f"{option} is not needed any more: {self.obsolete[option]}")
        return arguments

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, hint=f"{self.prog} --help")

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


def console_wishes(words: list[str]) -> tuple[bool, bool]:
    """(json, verbose), known before the rest is parsed, so that errors of parsing are told in the right form too."""
    return "--json" in words, "-v" in words or "--verbose" in words or bool(os.environ.get("BIGFLOW_VERBOSE"))


def is_terminal() -> bool:
    return sys.stderr.isatty()
