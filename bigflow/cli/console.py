"""Turns events, data and errors into what the user sees: data on stdout, all else on stderr; colour at a terminal."""

import os
import sys
from collections.abc import Callable
from typing import IO

from bigflow.errors import BigflowError, Finding

_COLOURS = {"red": "31", "green": "32", "yellow": "33", "dim": "2", "bold": "1"}


class Console:
    """Where everything that a command says goes through."""

    def __init__(self, json: bool = False, verbose: bool = False) -> None:
        self.json = json
        self.verbose = verbose
        self.root = ""  # the project, once it is known: places in it are shown relative to it
        self.names: tuple[tuple[str, str], ...] = ()  # of places, and how they are shown
        self.above_display: Callable[[str], None] | None = None  # takes lines while a live display is on the screen

    def say(self, line: str = "") -> None:
        """A line for the human."""
        if self.above_display is not None:
            self.above_display(line)
        else:
            print(line, file=sys.stderr, flush=True)

    def raw(self, text: str) -> None:
        """What a program has written, as it came: not always whole lines."""
        print(text, end="", file=sys.stderr, flush=True)

    def note(self, line: str) -> None:
        """A line that the human may want to know."""
        self.say(self.paint(f"note: {line}", "dim"))

    def data(self, text: str) -> None:
        """What was asked for."""
        print(text, file=sys.stdout, flush=True)

    def data_json(self, value: object) -> None:
        """What was asked for, as one line of JSON."""
        import json

        self.data(json.dumps(value, ensure_ascii=False, default=str))

    def error(self, error: BigflowError) -> None:
        """One line what, one line where, one hint; or one JSON object."""
        findings = [Finding(*(self.place(text) for text in finding)) for finding in error.findings]
        if self.json:
            told = [finding._asdict() for finding in findings]
            self.data_json({"error": findings[0].message, "exit_code": int(error.exit_code), "findings": told})
            return
        for finding in findings:
            self.say(f"{self.paint('error', 'red')}: {finding.message}")
            if finding.where:
                self.say(f"  at: {finding.where}")
            if finding.hint:
                self.say(f"  hint: {finding.hint}")

    def place(self, text: str) -> str:
        """A place, or text with places in it, as short as the user can still open them: relative to the project."""
        shown = text.replace(self.root + os.sep, "") if self.root else text
        for name, said in self.names:
            shown = shown.replace(name, said)
        return shown

    def paint(self, text: str, colour: str) -> str:
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if _coloured(sys.stderr) else text


def _coloured(stream: IO[str]) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"
