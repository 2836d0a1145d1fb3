"""Turns any text, whatever a program wrote into it, into HTML that shows it and does nothing else."""

import re
from collections.abc import Iterator
from html import escape

# What HTML and XML cannot hold (control characters, halves of characters), and what turns the reading direction.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
# A terminal's commands: colours (the parameters are kept), all others, titles and links of windows.
_COMMAND = re.compile(
    r"\x1b\[([\d;:]*)m|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]P^_X][^\x1b\x07\n]*(?:\x1b\\|\x07)|\x1b[ -/]*[0-~]"
)

_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_COLOURS = {str(first + number): name for first in (30, 90) for number, name in enumerate(_NAMES)}
_STYLES = {"1": "bold", "2": "dim", "3": "italic", "4": "underlined"}
_ENDS = {"39": ("colour",), "22": ("1", "2"), "23": ("3",), "24": ("4",)}


def plain(text: str) -> str:
    """For elements and attributes. Control characters become visible."""
    return escape(_UNFIT.sub(_visible, text))


def terminal(text: str) -> str:
    """What a terminal would show, with its colours as classes `t-red`, `t-bold` and so on."""
    return "".join(_spans("\n".join(map(_last_word, text.split("\n")))))


def _last_word(line: str) -> str:
    """`10%\\r20%`, as progress bars write it: only what overwrote the rest is to be seen."""
    return line.rstrip("\r").rpartition("\r")[2]


def _spans(text: str) -> Iterator[str]:
    at, looks = 0, dict[str, str]()
    for command in _COMMAND.finditer(text):
        yield _span(text[at : command.start()], looks)
        at = command.end()
        if command[1] is not None:
            looks = _changed(looks, command[1])
    yield _span(text[at:], looks)


def _span(text: str, looks: dict[str, str]) -> str:
    shown = plain(text)
    classes = " ".join(f"t-{name}" for name in looks.values())
    return f'<span class="{classes}">{shown}</span>' if shown and classes else shown


def _changed(looks: dict[str, str], parameters: str) -> dict[str, str]:
    """After one command of colours. Colours by number (`38;5;n`, `38;2;r;g;b`) are not followed."""
    codes = [code.lstrip("0") for code in re.split("[;:]", parameters)]
    changed = dict(looks)
    if {"38", "48"} & set(codes):
        return changed
    for code in codes:
        if code == "":
            changed.clear()
        elif code in _COLOURS:
            changed["colour"] = _COLOURS[code]
        elif code in _STYLES:
            changed[code] = _STYLES[code]
        for ended in _ENDS.get(code, ()):
            changed.pop(ended, None)
    return changed


def _visible(character: re.Match[str]) -> str:
    code = ord(character[0])
    return chr(0x2400 + code) if code < 0x20 else "\N{REPLACEMENT CHARACTER}"
