"""Turns what a program writes to a terminal into what its user sees there, also after the window changed its size."""

import re
from unicodedata import category, east_asian_width

_PIECE = re.compile(r"\x1b\[(\d*)([A-Za-z])|(.)", re.DOTALL)


class ScreenShown:
    """A terminal that knows line breaks, `\\r`, colours, cursor up, erasing; it wraps long lines anew when resized."""

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        self.columns = columns
        self.rows = rows
        self.writes = 0
        self._lines: list[str] = [""]  # as written; the rows of the screen follow from the width
        self._line = 0
        self._at = 0  # characters of that line are left of the cursor

    def size(self) -> tuple[int, int]:
        return self.columns, self.rows

    def write(self, text: str) -> None:
        self.writes += 1
        for number, command, character in _PIECE.findall(text):
            if command:
                self._obey(int(number or 1), command)
            else:
                self._take(character)

    @property
    def shown(self) -> list[str]:
        """All that the user can see, by scrolling up too."""
        rows = [self._lines[line][start:end] for line, start, end in self._rows()]
        return [row.rstrip() for row in rows]

    def _take(self, character: str) -> None:
        if character == "\n":
            self._line += 1
            self._at = 0
            if self._line == len(self._lines):
                self._lines.append("")
        elif character == "\r":
            self._at = self._row_of_cursor()[1]
        elif character.isprintable():
            line = self._lines[self._line]
            self._lines[self._line] = line[: self._at] + character + line[self._at + 1 :]
            self._at += 1
        else:
            raise AssertionError(f"{character!r} would do something to the terminal")

    def _obey(self, number: int, command: str) -> None:
        if command == "A":
            rows = self._rows()
            now = rows.index(self._row_of_cursor())
            top = max(0, len(rows) - self.rows)  # nothing that scrolled away can be reached
            line, start, _ = rows[max(top, now - number)]
            self._line, self._at = line, start
        elif command == "J":
            self._lines[self._line] = self._lines[self._line][: self._at]
            del self._lines[self._line + 1 :]
        else:
            assert command == "m", f"this terminal does not know {command}"

    def _row_of_cursor(self) -> tuple[int, int, int]:
        mine = [row for row in self._rows() if row[0] == self._line]
        return next(row for row in reversed(mine) if row[1] <= self._at)

    def _rows(self) -> list[tuple[int, int, int]]:
        """Line, first and last character of each row."""
        rows = []
        for number, line in enumerate(self._lines):
            start = used = 0
            for at, character in enumerate(line):
                if used + width(character) > self.columns:
                    rows.append((number, start, at))
                    start, used = at, 0
                used += width(character)
            rows.append((number, start, len(line)))
        return rows


def width(character: str) -> int:
    """The columns that it takes."""
    if category(character) in ("Mn", "Me"):
        return 0
    return 2 if east_asian_width(character) in ("W", "F") else 1
