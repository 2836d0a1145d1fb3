"""Turns a rule, such as "this text with the values of other properties", into a property of a Konfig class."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple, NoReturn, Self, TypeVar, cast, overload

from bigflow import _ambient
from bigflow.configuration.errors import ConfigurationError
from bigflow.configuration.secrets import secretstr

T = TypeVar("T")

_TOKEN = re.compile(r"\{\{|\}\}|\{(\w+)\}")


class Asked(NamedTuple):
    """The situation in which a property is computed."""

    konfig: object
    environment: str | None
    parent: Callable[[], object]  # what the property would be without this class


class Dynamic:
    """A property that is computed when a Konfig is made."""

    __slots__ = ("compute",)

    def __init__(self, compute: Callable[[Asked], object]) -> None:
        self.compute = compute

    @overload
    def __get__(self, konfig: None, owner: type) -> Self: ...
    @overload
    def __get__(self, konfig: object, owner: type) -> NoReturn: ...
    def __get__(self, konfig: object, owner: type) -> Self:
        if konfig is None:
            return self
        raise AttributeError  # sends Python on to Konfig.__getattr__, which is told the name


# The helpers say that they return the value and not the rule for it, so that `bucket: str = expand("...")` type-checks.


def dynamic(get: Callable[..., T]) -> T:
    """A property computed from the others: `get(konfig)`."""
    return cast(T, Dynamic(lambda asked: get(asked.konfig)))


def dynamic_super(get: Callable[..., T]) -> T:
    """A property computed from the others and from the parent class's value (or None): `get(konfig, parent)`."""
    return cast(T, Dynamic(lambda asked: get(asked.konfig, asked.parent())))


def merge(value: T) -> T:
    """A dict laid on the parent class's dict, at any depth; a function in it is called with the parent's value."""
    return dynamic_super(lambda konfig, parent: cast(T, _merged(parent, value)))


def expand(text: str) -> str:
    """Text in which `{name}` stands for another property; `{{` and `}}` are braces."""
    return cast(str, Dynamic(lambda asked: _expanded(text, asked.konfig)))


@overload
def fromenv(key: str, default: str | None = None) -> str: ...
@overload
def fromenv(key: str, default: str | None = None, type: Callable[[str], T] = ...) -> T: ...
def fromenv(key: str, default: str | None = None, type: Callable[[str], object] = secretstr) -> object:
    """The variable `key` (its full name), passed through `type`; without one, `default`, or an error."""

    def read(asked: Asked) -> object:
        raw = _ambient.variable(key, asked.environment)
        if raw is None:
            raw = default
        if raw is None:
            file = f".env.{asked.environment or '<environment>'}"
            raise ConfigurationError(
                f"the variable '{key}' is not set",
                hint=f"set {key} in the environment or in {file}; on a cluster, Workflow(secrets=['{key}'])",
            )
        try:
            return type(raw)
        except (ValueError, TypeError):
            # The reason is left out: it would show the value.
            kind = getattr(type, "__name__", repr(type))
            raise ConfigurationError(
                f"the variable '{key}' does not hold a valid {kind}", hint=f"set {key} to something that {kind} accepts"
            ) from None

    return Dynamic(read)


def _expanded(text: str, konfig: object) -> str:
    secret = False

    def replacement(token: re.Match[str]) -> str:
        nonlocal secret
        if token[1] is None:
            return token[0][0]
        value = getattr(konfig, token[1])
        secret = secret or isinstance(value, secretstr)
        return str(value)

    expanded = _TOKEN.sub(replacement, text)
    return secretstr(expanded) if secret else expanded


def _merged(below: object, above: object) -> object:
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        return {key: _merged(below.get(key), above.get(key)) for key in {**below, **above}}
    if above is None:
        return below
    return above(below) if callable(above) else above
