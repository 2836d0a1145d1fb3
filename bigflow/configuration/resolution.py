"""Turns the properties of one environment, as written and as given by variables, into their final values."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from bigflow.configuration.errors import ConfigurationError
from bigflow.configuration.placeholders import filled, placeholders, slip
from bigflow.configuration.secrets import looks_secret


class Properties(NamedTuple):
    """What is known of one environment before anything is resolved."""

    environment: str
    where: str  # the line of the user's code that made the configuration
    prefix: str  # of the variables that give values
    written: Mapping[str, object]
    given: Mapping[str, str]  # by variables: secrets, and never searched for placeholders
    missing: tuple[str, ...]  # written as None, and given by nobody

    def problem(self, message: str, hint: str) -> ConfigurationError:
        return ConfigurationError(f"environment '{self.environment}': {message}", where=self.where, hint=hint)

    def complain_of(self, missing: Iterable[str]) -> ConfigurationError:
        names = sorted(missing)
        variables = [f"{self.prefix}{name}" for name in names]
        return self.problem(
            f"no value for {', '.join(names)}",
            f"set {', '.join(variables)} in the environment or in .env.{self.environment};"
            f" on a cluster, Workflow(secrets={variables})",
        )


class Resolution(NamedTuple):
    """The final values, and which of them must not be shown."""

    values: dict[str, object]
    secret: frozenset[str]


def resolve(properties: Properties, wanted: Iterable[str], stand_in: Mapping[str, str]) -> Resolution:
    """The values of `wanted` and of all that they refer to; a missing one is an error unless it has a stand-in."""
    values: dict[str, object] = {**properties.written, **properties.given, **stand_in}
    references = _references(properties, wanted, values.keys() | set(properties.missing))
    lacking = references.keys() - values.keys()
    if lacking:
        raise properties.complain_of(lacking)
    secret = {name for name in references if name in properties.given or looks_secret(name)}
    for name in _in_order(properties, references):
        text = values[name]
        if name in properties.written and isinstance(text, str):
            values[name] = filled(text, {other: _text(properties, name, other, values) for other in references[name]})
            if not secret.isdisjoint(references[name]):
                secret.add(name)
    return Resolution({name: values[name] for name in values if name in references}, frozenset(secret))


def _references(properties: Properties, wanted: Iterable[str], known: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Each property that is needed, with the properties that its text asks for."""
    references: dict[str, tuple[str, ...]] = {}
    ahead = list(wanted)
    while ahead:
        name = ahead.pop()
        if name not in references:
            references[name] = _asked(properties, name, known)
            ahead.extend(references[name])
    return references


def _asked(properties: Properties, name: str, known: Iterable[str]) -> tuple[str, ...]:
    text = properties.written.get(name)
    if not isinstance(text, str):
        return ()
    asked = dict.fromkeys(placeholders(text))
    for unknown in asked.keys() - set(known):
        meant = slip(unknown, known)
        if meant:
            raise properties.problem(
                f"the property '{name}' asks for {{{unknown}}}, and there is no such property",
                f"did you mean {{{meant}}}? Text that is to keep its braces is written {{{{{unknown}}}}}",
            )
        del asked[unknown]
    return tuple(asked)


def _in_order(properties: Properties, references: Mapping[str, tuple[str, ...]]) -> Iterable[str]:
    """Every property after those that it refers to."""
    from graphlib import CycleError, TopologicalSorter  # late: only a process that resolves needs it

    try:
        return tuple(TopologicalSorter(references).static_order())
    except CycleError as error:
        cycle = " -> ".join(reversed(error.args[1]))
        raise properties.problem(
            f"properties refer to each other in a circle: {cycle}",
            f"write one of them without a placeholder, or as None to take it from a {properties.prefix} variable",
        ) from None


def _text(properties: Properties, name: str, other: str, values: Mapping[str, object]) -> str:
    value = values[other]
    if isinstance(value, str | int | float):
        return str(value)
    raise properties.problem(
        f"the property '{name}' puts {{{other}}} into its text, but '{other}' is a {type(value).__name__}",
        f"only text and numbers go into text; text that is to keep its braces is written {{{{{other}}}}}",
    )
