"""Turns properties per environment into the values of one environment: `Config`."""

import sys
from collections.abc import Mapping
from typing import Self

from bigflow import _ambient
from bigflow.configuration.errors import ConfigurationError, UnknownProperty, did_you_mean, listed
from bigflow.configuration.resolution import Properties, Resolution, resolve
from bigflow.configuration.secrets import HIDDEN, shown


class Config:
    """Named sets of properties, one for each environment; the first lends its properties to the others."""

    environment_variables_prefix = "bf_"

    def __init__(
        self, name: str, properties: Mapping[str, object], is_master: bool = True, is_default: bool = True
    ) -> None:
        self._where = _where_made()
        self._configurations: dict[str, dict[str, object]] = {}
        self._master: dict[str, object] = {}
        self._default: str | None = None
        self.add_configuration(name, properties, is_default)
        if is_master:
            self._master = self._configurations[name]

    def add_configuration(self, name: str, properties: Mapping[str, object], is_default: bool = False) -> Self:
        """One more environment: its own properties over those of the master."""
        self._check(name, properties)
        if is_default and self._default is not None:
            raise ConfigurationError(
                f"two environments are the default: '{self._default}' and '{name}'",
                where=self._where,
                hint=f"give is_default=False to '{self._default}' or to '{name}'",
            )
        if is_default:
            self._default = name
        self._configurations[name] = {**self._master, **properties, "env": name}
        return self

    @property
    def environments(self) -> tuple[str, ...]:
        """The names of all environments, in the order in which they were added."""
        return tuple(self._configurations)

    @property
    def default_environment(self) -> str | None:
        """The environment that is taken when nobody names one."""
        return self._default

    def resolve(self, env: str | None = None) -> dict[str, object]:
        """All properties of one environment, final; an error that names every property without a value."""
        properties = self._properties(env)
        return resolve(properties, _known(properties), {}).values

    def resolve_property(self, name: str, env: str | None = None) -> object:
        """One property of one environment; the other properties may lack their values."""
        properties = self._properties(env)
        known = _known(properties)
        if name not in known:
            raise UnknownProperty(
                f"environment '{properties.environment}' has no property '{name}'",
                where=self._where,
                hint=did_you_mean(name, known, f"add it to the configuration, or set {properties.prefix}{name}"),
            )
        return resolve(properties, [name], {}).values[name]

    def missing(self, env: str | None = None) -> tuple[str, ...]:
        """The properties of one environment that are left to variables, and that no variable gives here."""
        return self._properties(env).missing

    def pretty_print(self, env: str | None = None) -> str:
        """The properties of one environment as text for people: without secrets, and with what is missing."""
        from pprint import pformat  # late: only for people

        properties = self._properties(env)
        stand_in = {name: f"<not set: {properties.prefix}{name}>" for name in properties.missing}
        resolution = resolve(properties, _known(properties), stand_in)
        text = pformat({name: _shown(name, resolution, stand_in) for name in resolution.values}, indent=4)
        return f"{properties.environment} config:\n{text}"

    def __str__(self) -> str:
        return "\n".join(self.pretty_print(name) for name in self.environments)

    def __repr__(self) -> str:
        names = (f"{name} (default)" if name == self._default else name for name in self.environments)
        return f"<{type(self).__name__}: {', '.join(names)}>"

    def _properties(self, env: str | None) -> Properties:
        environment, prefix = self._chosen(env), self.environment_variables_prefix
        written = self._configurations[environment]
        given, missing = {}, []
        for name in (name for name, value in written.items() if value is None):
            value = _ambient.variable(f"{prefix}{name}", environment)
            if value is None:
                missing.append(name)
            else:
                given[name] = value
        spellings = {name.upper() for name in written}
        for name, value in _ambient.variables(prefix, environment).items():
            if name.upper() not in spellings:
                given[name] = value
        texts = {name: value for name, value in written.items() if value is not None}
        return Properties(environment, self._where, prefix, texts, given, tuple(missing))

    def _chosen(self, env: str | None) -> str:
        named = env or _ambient.variable(f"{self.environment_variables_prefix}env") or _ambient.environment_name()
        chosen = named or self._default
        if chosen is None:
            raise ConfigurationError(
                "no environment is named and none is the default",
                where=self._where,
                hint=f"name one with -c, or give is_default=True to one of {listed(self.environments)}",
            )
        if chosen not in self._configurations:
            known = f"known: {listed(self.environments)}"
            raise ConfigurationError(
                f"there is no environment '{chosen}'; {known}",
                where=self._where,
                hint=did_you_mean(
                    chosen, self.environments, f"name one of them, or add_configuration('{chosen}', ...)"
                ),
            )
        return chosen

    def _check(self, name: str, properties: Mapping[str, object]) -> None:
        if not isinstance(name, str) or not name:
            problem, hint = f"{name!r} is no name of an environment", "a name is text, such as 'dev'"
        elif not isinstance(properties, Mapping) or not all(isinstance(key, str) for key in properties):
            problem, hint = f"the properties of '{name}' are no dict with text as keys", "write {'bucket': 'my-bucket'}"
        elif name in self._configurations:
            problem, hint = f"the environment '{name}' is configured twice", "join the two, or give one another name"
        elif properties.get("env", name) != name:
            problem = f"the environment '{name}' sets 'env', which is always the environment's own name"
            hint = "choose another name for this property"
        else:
            return
        raise ConfigurationError(problem, where=self._where, hint=hint)


class DeploymentConfig(Config):
    """A Config whose variables may have another prefix: some CI servers put their own before every name."""

    def __init__(
        self,
        name: str,
        properties: Mapping[str, object],
        is_master: bool = True,
        is_default: bool = True,
        environment_variables_prefix: str | None = None,
    ) -> None:
        super().__init__(name, properties, is_master, is_default)
        self.environment_variables_prefix = environment_variables_prefix or Config.environment_variables_prefix


def _known(properties: Properties) -> tuple[str, ...]:
    return (*properties.written, *properties.missing, *properties.given)


def _shown(name: str, resolution: Resolution, stand_in: Mapping[str, str]) -> object:
    if name in stand_in:
        return stand_in[name]
    return HIDDEN if name in resolution.secret else shown(name, resolution.values[name])


def _where_made() -> str:
    """The line of the user's code that makes a configuration."""
    frame = sys._getframe(1)
    while frame.f_globals.get("__name__") == __name__ and frame.f_back:
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
