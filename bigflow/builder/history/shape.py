"""Turns a value and the type that it claims to have into whether every part of it is what the type says."""

from dataclasses import is_dataclass
from functools import cache
from types import UnionType
from typing import Literal, Union, get_args, get_origin, get_type_hints

_LARGEST = 1e15  # of a number: beyond, it is none that a clock or a disk has said


def fits(value: object, kind: object) -> bool:
    """For records, tuples of one kind of thing, choices, text and numbers."""
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return any(fits(value, one) for one in inside)
    if origin is Literal:
        return value in inside
    if origin is tuple:
        return isinstance(value, tuple) and _each_fits(value, inside)
    if kind in (int, float):
        return isinstance(value, int | kind) and not isinstance(value, bool) and abs(value) < _LARGEST
    assert isinstance(kind, type), f"{kind} is no type for records"
    return isinstance(value, kind) and all(fits(getattr(value, name), hint) for name, hint in _fields(kind))


def _each_fits(values: tuple[object, ...], kinds: tuple[object, ...]) -> bool:
    if kinds[1:] == (Ellipsis,):
        return all(fits(value, kinds[0]) for value in values)
    return len(values) == len(kinds) and all(map(fits, values, kinds))


@cache
def _fields(kind: type) -> tuple[tuple[str, object], ...]:
    """Of a dataclass or a NamedTuple; text and None have none."""
    return tuple(get_type_hints(kind).items()) if is_dataclass(kind) or hasattr(kind, "_fields") else ()
