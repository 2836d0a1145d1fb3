"""Turns the parsers of all commands into plain values: what can be typed, and what can follow it."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

from bigflow.cli.main import COMMANDS, load

# What a value is called in the help, and where its candidates come from.
CANDIDATES = {"W": "workflows", "W.J": "jobs", "ENV": "environments"}
FOLDER = "DIR"


@dataclass(frozen=True, slots=True)
class Argument:
    """An option, or a word by its place (then without names)."""

    names: tuple[str, ...]
    value: str  # its metavar; empty for an option that takes none
    choices: tuple[str, ...]
    help: str

    @property
    def candidates(self) -> str:
        """The kind of names in the project that can stand here, if any."""
        return CANDIDATES.get(self.value, "")


@dataclass(frozen=True, slots=True)
class Verb:
    """A command with all that it takes."""

    name: str
    alias: str
    summary: str
    options: tuple[Argument, ...]
    words: tuple[Argument, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, self.alias) if self.alias else (self.name,)


def verbs() -> tuple[Verb, ...]:
    """All commands, as their parsers describe them."""
    return tuple(_verb(name, alias, summary) for name, alias, summary in COMMANDS)


def _verb(name: str, alias: str, summary: str) -> Verb:
    _, parser = load(name)
    arguments = tuple(_arguments(parser))
    options = tuple(argument for argument in arguments if argument.names)
    return Verb(name, alias, summary, options, tuple(argument for argument in arguments if not argument.names))


def _arguments(parser: argparse.ArgumentParser) -> Iterator[Argument]:
    for action in parser._actions:
        if action.help == argparse.SUPPRESS:
            continue
        choices = tuple(str(choice) for choice in action.choices or ())
        value = "" if action.nargs == 0 else str(action.metavar or action.dest.upper())
        yield Argument(tuple(action.option_strings), value, choices, action.help or "")
