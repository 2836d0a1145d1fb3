"""Turns `key=value` words into values of a workflow's params, each of the type that its default has."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType

from bigflow.errors import UsageError, nearest

_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def with_params(defaults: Mapping[str, object], words: Iterable[str]) -> Mapping[str, object]:
    """The defaults, with those replaced that `words` name."""
    values = dict(defaults)
    for word in words:
        key, equals, text = word.partition("=")
        if not equals:
            raise UsageError(f"param {word!r} has no value", hint=f"write {word}=VALUE")
        if key not in defaults:
            meant = nearest(key, defaults)
            raise UsageError(
                f"the workflow has no param {key!r}" + (f"; did you mean {meant!r}?" if meant else ""),
                hint=f"its params: {', '.join(defaults)}" if defaults else "give it some: Workflow(params={...})",
            )
        values[key] = _like(defaults[key], key, text)
    return MappingProxyType(values)


def with_recorded(defaults: Mapping[str, object], recorded: Mapping[str, object]) -> Mapping[str, object]:
    """The params of a run that was written down as JSON, where dates are text."""
    values = {
        key: _like(defaults[key], key, str(value)) if isinstance(defaults[key], date) else value
        for key, value in recorded.items()
        if key in defaults
    }
    return MappingProxyType({**defaults, **values})


def _like(default: object, key: str, text: str) -> object:
    if isinstance(default, str):
        return text
    if default is None:
        return text or None  # a form that was left empty
    for kind, read in _READERS:
        if isinstance(default, kind):
            try:
                return read(text)
            except (ValueError, KeyError):
                raise UsageError(
                    f"param {key}={text!r} cannot be read as {kind.__name__}",
                    hint=f"its default is {default!r}; write it in that form",
                ) from None
    raise UsageError(f"param {key!r} cannot be given here: its default {default!r} has no form as text")


def _json(text: str) -> object:
    import json

    return json.loads(text)


# In this order: True is an int too, and a datetime a date.
_READERS: tuple[tuple[type, Callable[[str], object]], ...] = (
    (bool, lambda text: _WORDS[text.lower()]),
    (int, int),
    (float, float),
    (datetime, datetime.fromisoformat),
    (date, date.fromisoformat),
    (list, _json),
    (dict, _json),
)
