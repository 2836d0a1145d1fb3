"""Turns the values of a configuration into what may be shown of them."""

import re
from collections.abc import Mapping

HIDDEN = "***"

_SECRET_WORD = re.compile(r"(passw(or)?d|passphrase|pwd|secret|token|key|apikey|credential)s?")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


class secretstr(str):  # noqa: N801 - the name that users of 1.11 know
    """Text that does not show itself where values are printed for people to read."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<secret {HIDDEN}>"


def looks_secret(name: str) -> bool:
    """Whether a property of this name is likely to hold a secret: one of the words of `api_key`, `dbPassword`..."""
    return any(_SECRET_WORD.fullmatch(word.lower()) for word in _WORD.findall(name))


def shown(name: str, value: object) -> object:
    """`value` as it may be printed: secrets hidden, at any depth."""
    if looks_secret(name) or isinstance(value, secretstr):
        return HIDDEN
    if isinstance(value, Mapping):
        return {key: shown(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [shown("", inner) for inner in value]
    return value
