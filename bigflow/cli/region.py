"""Turns lines into a region at the bottom of a terminal that is redrawn in place, below the lines that stay."""

import os
import sys
from collections.abc import Sequence
from typing import Protocol

from bigflow.cli.harmless import cells, harmless

PATIENCE = 0.3  # seconds: what is over before needs no display
SPINNER = "|/-\\"
LONGEST_LAST_LINE = 500


class Screen(Protocol):
    """Where it is drawn."""

    def size(self) -> tuple[int, int]:
        """Columns and rows, at this moment."""

    def write(self, text: str) -> None: ...


class Running:
    """Something on its way: since when, and the last line that it wrote."""

    __slots__ = ("began", "id", "last")

    def __init__(self, name: str, began: float) -> None:
        self.id = name
        self.began = began
        self.last = ""

    def wrote(self, text: str) -> None:
        line = text.rstrip().rpartition("\n")[2]
        self.last = harmless(line[-LONGEST_LAST_LINE:] if "\r" in line else line[:LONGEST_LAST_LINE]) or self.last


class Region:
    """Lines at the bottom of a screen that are replaced as a whole, in one write, so that nothing flickers.

    The cursor waits below them, where an error of somebody else finds a line of its own.
    """

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._widths: list[int] = []  # of the lines that are shown

    @property
    def visible(self) -> bool:
        return bool(self._widths)

    def size(self) -> tuple[int, int]:
        return self._screen.size()

    def show(self, above: Sequence[str], block: Sequence[str]) -> None:
        """Put lines above it that stay, and this into it. Each line of the block is clipped to one row."""
        columns, _ = self._screen.size()
        clipped = [clip(line.rstrip(), columns - 1) for line in block]  # the last column would begin the next row
        text = self._back(columns) + "".join(f"{line}\n" for line in (*above, *clipped))
        self._widths = [cells(line) for line in clipped]
        if text:
            self._screen.write(text)

    def _back(self, columns: int) -> str:
        """To where the region begins, and all of it erased; a window that became narrower has broken its lines."""
        if not self._widths:
            return ""
        rows = sum(max(1, -(-width // columns)) for width in self._widths)
        return f"\r\x1b[{rows}A\x1b[J"


class Terminal:
    """The terminal at standard error."""

    def size(self) -> tuple[int, int]:
        try:
            columns, rows = os.get_terminal_size(sys.stderr.fileno())
        except (OSError, ValueError):
            columns, rows = 0, 0
        return columns or 80, rows or 24  # some say 0

    def write(self, text: str) -> None:
        encoding = sys.stderr.encoding or "utf-8"
        print(text.encode(encoding, "replace").decode(encoding), end="", file=sys.stderr, flush=True)


def can_redraw() -> bool:
    """CI gives some jobs a terminal, and keeps all that was ever drawn on it."""
    on_ci = os.environ.get("CI", "").lower() not in ("", "0", "false")
    return sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb" and not on_ci


def clip(line: str, room: int) -> str:
    """The beginning of the line that takes at most `room` columns, with a mark where something is missing."""
    if cells(line) <= room:
        return line
    taken, used = "", 0
    for character in line:
        used += cells(character)
        if used > room - 1:
            break
        taken += character
    return f"{taken}…" if room > 0 else ""


def padded(name: str, room: int) -> str:
    """Exactly `room` columns of it."""
    name = clip(name, room)
    return name + " " * (room - cells(name))
