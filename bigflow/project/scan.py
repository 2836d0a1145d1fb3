"""Turns the text of Python files into the names that are written in it as literals; nothing is executed."""

import ast
from collections.abc import Container, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NamedCall:
    """A call such as `Workflow("daily", ...)`, whose first argument is a name written as a literal."""

    name: str
    line: int
    keys: tuple[tuple[str, int], ...]  # of the dicts that are written in the call: each key with its line


def named_calls(source: str, callees: Container[str], keyword: str) -> Iterator[NamedCall]:
    """The calls of these functions or classes; `keyword` is how the first argument is called. In order of the text."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):  # ValueError: a null byte
        return
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node) in callees]
    for call in sorted(calls, key=lambda call: (call.end_lineno or 0, call.end_col_offset or 0)):
        said = [*call.args[:1], *(given.value for given in call.keywords if given.arg == keyword)]
        for first in said:
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield NamedCall(first.value, first.lineno, tuple(_keys(call)))


def _called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _keys(call: ast.Call) -> Iterator[tuple[str, int]]:
    for argument in (*call.args, *(given.value for given in call.keywords)):
        if isinstance(argument, ast.Dict):
            for key in argument.keys:
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, key.lineno
