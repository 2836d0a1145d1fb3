"""Turns the moment of a construction into the file and line that a user can open."""

import sys


def constructed_at(instance: object) -> str:
    """`file:line` of the code that is constructing `instance`: the first frame that is not one of its constructors."""
    frame = sys._getframe(1)
    while frame.f_back is not None and _constructs(frame.f_code.co_name, frame.f_locals, instance):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _constructs(function: str, variables: dict[str, object], instance: object) -> bool:
    return function == "__init__" and next(iter(variables.values()), None) is instance


def where(thing: object) -> str:
    """`file:line` of a job or workflow, as well as it can be known."""
    known = getattr(thing, "defined_at", "")
    if isinstance(known, str) and known:
        return known
    module = sys.modules.get(type(thing).__module__)
    return getattr(module, "__file__", None) or ""
