"""Turns a document, as tomllib gives it, into TOML text that says the same."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import cast

_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def toml_text(document: Mapping[str, object]) -> str:
    """Keys first, then tables, each with its header: what follows a header belongs to it."""
    return "\n".join(_lines(document, ())) + "\n"


def _lines(table: Mapping[str, object], above: tuple[str, ...]) -> Iterator[str]:
    for key, value in table.items():
        if not _is_below(value):
            yield f"{_key(key)} = {_value(value)}"
    for key, value in table.items():
        path = (*above, key)
        if isinstance(value, Mapping):
            yield f"[{_dotted(path)}]"
            yield from _lines(value, path)
        elif _is_below(value):
            for one in cast("list[Mapping[str, object]]", value):
                yield f"[[{_dotted(path)}]]"
                yield from _lines(one, path)


def _is_below(value: object) -> bool:
    """Whether it is written under a header: a table, or a list that has nothing but tables."""
    tables = isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) for one in value)
    return isinstance(value, Mapping) or tables


def _value(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return _text(value)
        case list():
            return f"[{', '.join(map(_value, value))}]"
        case Mapping():
            return f"{{{', '.join(f'{_key(key)} = {_value(one)}' for key, one in value.items())}}}"
        case datetime() | date() | time():
            return value.isoformat()
    return repr(value)  # a number


def _text(value: str) -> str:
    """As in JSON, but for DEL, which TOML wants escaped too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _dotted(path: tuple[str, ...]) -> str:
    return ".".join(map(_key, path))


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)
