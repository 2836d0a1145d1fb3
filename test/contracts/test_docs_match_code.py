"""The reference pages of the command line say what the code does: UPDATE_SNAPSHOTS=1 writes the tables of options."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from support.snapshots import UPDATING

from bigflow.cli.completion.grammar import Argument, Verb, verbs
from bigflow.errors import ExitCode

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
COMMANDS = REFERENCE / "commands.md"
PART = re.compile(r"<!-- options of ([\w -]+) -->\n.*?<!-- end -->", re.DOTALL)


def parts(verbs: tuple[Verb, ...]) -> dict[str, str]:
    """What the page must have: the options that all commands share, and each command with its own."""
    shared = [option for option in verbs[0].options if all(option in verb.options for verb in verbs)]
    own = {verb: [*verb.words, *(option for option in verb.options if option not in shared)] for verb in verbs}
    return {"every command": table(shared)} | {
        verb.name: f"{heading(verb)}\n\n{table(arguments)}" for verb, arguments in own.items()
    }


def heading(verb: Verb) -> str:
    also = f" (`{verb.alias}`)" if verb.alias else ""
    return f"## `bigflow {verb.name}`{also}\n\n{verb.summary[:1].upper()}{verb.summary[1:]}."


def table(arguments: Iterable[Argument]) -> str:
    return "\n".join(["| | |", "|---|---|", *(f"| {written(one)} | {one.help} |" for one in arguments)])


def written(argument: Argument) -> str:
    value = "\\|".join(argument.choices) or argument.value
    if not argument.names:
        return f"`{value}`"
    names = ", ".join(f"`{name}`" for name in argument.names)
    return f"{names} `{value}`" if value else names


def test_every_command_and_option_has_its_line() -> None:
    page = COMMANDS.read_text(encoding="utf-8")
    known = parts(verbs())
    assert PART.findall(page) == list(known)
    wanted = PART.sub(lambda part: f"<!-- options of {part[1]} -->\n{known[part[1]]}\n<!-- end -->", page)
    if UPDATING:
        COMMANDS.write_text(wanted, encoding="utf-8")
    else:
        assert page == wanted, "UPDATE_SNAPSHOTS=1 writes the tables; read what is around them too"


def test_every_exit_code_has_its_line() -> None:
    page = (REFERENCE / "errors.md").read_text(encoding="utf-8")
    told = {int(code): name for code, name in re.findall(r"^\| (\d+) \| `(\w+)` \|", page, re.MULTILINE)}
    assert told == {int(code): code.name for code in ExitCode}


@pytest.mark.parametrize("verb", verbs(), ids=lambda verb: verb.name)
def test_every_option_says_what_it_does(verb: Verb) -> None:
    assert all(argument.help for argument in (*verb.words, *verb.options))
