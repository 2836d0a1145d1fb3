"""Turns any text into one printable line whose width is known."""

from unicodedata import category, east_asian_width


def one_line(text: str) -> str:
    """Without line breaks, terminal escapes and invisible characters: what is left looks the same everywhere."""
    return "".join(_printable(character) for character in " ".join(text.split()))


def cells(line: str) -> int:
    """How many columns of a terminal the line takes."""
    return sum(_cells(character) for character in line)


def shortened(line: str, limit: int) -> str:
    """The line with its middle left out when it is longer than `limit` characters."""
    if len(line) <= limit:
        return line
    tail = (limit - 1) // 2
    return f"{line[: limit - 1 - tail]}…{line[len(line) - tail :]}"


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    # Format characters (zero width, or those that reverse the reading direction) only mislead.
    return "" if category(character) == "Cf" else "\N{REPLACEMENT CHARACTER}"


def _cells(character: str) -> int:
    if character.isascii():
        return 1
    if category(character) in ("Mn", "Me"):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
