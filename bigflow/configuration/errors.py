"""What can be wrong with a configuration, as errors that are also the built-in ones that callers expect."""

from collections.abc import Iterable

from bigflow.errors import UsageError, nearest


class ConfigurationError(UsageError, ValueError):
    """A configuration that cannot be understood, or that has no value where one is needed."""


class UnknownProperty(ConfigurationError, AttributeError, KeyError):
    """A property that nobody defined: `config.x` expects an AttributeError, `config["x"]` a KeyError."""

    __str__ = Exception.__str__  # KeyError would show the message in quotes


class FrozenKonfig(ConfigurationError, RuntimeError):
    """An attempt to change a Konfig, which never changes."""


def did_you_mean(word: str, known: Iterable[str], otherwise: str) -> str:
    """The hint for a name that is not known."""
    close = nearest(word, known)
    return f"did you mean '{close}'?" if close else otherwise


def listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names) or "none"
