"""Turns plain values into Python source, laid out as a formatter would; nothing of a text ever becomes code."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

WIDTH = 100
_STEP = 4
_TEMPLATE = re.compile(r"\{[{%#]|\r|\n\Z")


@dataclass(frozen=True, slots=True)
class Code:
    """An expression of ours, as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """`name(argument, key=value)`: positional arguments are those without a key."""

    name: str
    arguments: "tuple[tuple[str, Value], ...]"


@dataclass(frozen=True, slots=True)
class Table:
    """A dict; a key that is Code is unpacked into it: `**Code`."""

    items: "tuple[tuple[str | Code, Value], ...]"


Value: TypeAlias = "bool | int | float | str | timedelta | tuple[Value, ...] | Code | Call | Table | None"


def source(value: Value, indent: int = 0, before: int = 0, after: int = 1) -> str:
    """The value as an expression that begins `before` columns into a line, with `after` more to come behind it."""
    line = _line(value)
    if indent + before + len(line) + after <= WIDTH:
        return line
    inside = _inside(value)
    if inside is None or not inside[1]:
        return line
    opening, parts, closing = inside
    deeper = indent + _STEP
    rows = "".join(f"{' ' * deeper}{key}{source(one, deeper, len(key))},\n" for key, one in parts)
    return f"{opening}\n{rows}{' ' * indent}{closing}"


def arguments(pairs: Iterable[tuple[str, Value]], indent: int) -> str:
    """Keyword arguments, one a line."""
    return "\n".join(f"{' ' * indent}{name}={source(value, indent, len(name) + 1)}," for name, value in pairs)


def quoted(text: str) -> str:
    """The text as a literal, in double quotes where that takes no more escapes."""
    literal = repr(text)
    return f'"{literal[1:-1]}"' if literal[0] == "'" and '"' not in text else literal


def untemplated(text: str) -> str:
    """The text such that Jinja renders it to itself."""
    return f"{{{{ {jinja_literal(text)} }}}}" if _TEMPLATE.search(text) else text


def jinja_literal(text: str) -> str:
    """The text as a literal inside a Jinja expression, where the escapes are those of Python."""
    return ascii(text)


def _line(value: Value) -> str:
    """All of it on one line."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Code):
        return value.text
    if isinstance(value, timedelta):
        return f"timedelta(seconds={_number(value.total_seconds())})"
    if isinstance(value, float):
        return _number(value)
    inside = _inside(value)
    if inside is None:
        return repr(value)
    opening, parts, closing = inside
    return f"{opening}{', '.join([key + _line(one) for key, one in parts])}{closing}"


def _inside(value: Value) -> tuple[str, list[tuple[str, Value]], str] | None:
    """What opens a value that has parts, its parts, each with what comes before it, and what closes it."""
    if isinstance(value, tuple):
        return "[", [("", one) for one in value], "]"
    if isinstance(value, Table):
        return "{", list(_items(value)), "}"
    if isinstance(value, Call):
        return f"{value.name}(", [(f"{key}=" if key else "", one) for key, one in value.arguments], ")"
    return None


def _items(table: Table) -> Iterator[tuple[str, Value]]:
    for key, value in table.items:
        if isinstance(key, Code):
            yield "**", key
        else:
            yield f"{quoted(key)}: ", value


def _number(value: float) -> str:
    return repr(int(value)) if value.is_integer() else repr(value)
