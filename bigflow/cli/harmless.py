"""Turns a line that a job wrote into one that only shows, in a known number of columns: no escapes, no controls."""

import re
from unicodedata import category, east_asian_width

_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, movements
    r"|\x1b[]PX^_].*?(?:\x07|\x1b\\|$)"  # titles, links, strings for the terminal
    r"|\x1b[ -/]*[0-~]"  # all others
)
_EMOJI_PLEASE = "\N{VARIATION SELECTOR-16}"  # widens the character before it on some terminals and not on others


def harmless(line: str) -> str:
    """The line as a terminal would leave it. Of a bar that redraws itself, that is what it showed last."""
    if line.isascii() and line.isprintable():
        return line
    last = _ESCAPES.sub("", line).rstrip("\r").rpartition("\r")[2]
    return "".join(map(_visible, last.expandtabs(4)))


def cells(line: str) -> int:
    """How many columns of a terminal a harmless line takes."""
    if line.isascii():
        return len(line)
    return sum(map(_cells, line))


def _cells(character: str) -> int:
    if category(character) in ("Mn", "Me"):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def _visible(character: str) -> str:
    if character == _EMOJI_PLEASE:
        return ""
    if character.isprintable():
        return character
    # Format characters have no width, or reverse the direction of reading.
    return {"Zs": " ", "Cf": ""}.get(category(character), "\N{REPLACEMENT CHARACTER}")
