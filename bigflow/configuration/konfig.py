"""Turns a class with attributes into a frozen mapping of properties: `Konfig`."""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, reduce
from operator import matmul
from typing import TYPE_CHECKING, NoReturn, Self, TypeVar, cast

from bigflow import _ambient
from bigflow.configuration.errors import ConfigurationError, FrozenKonfig, UnknownProperty, did_you_mean
from bigflow.configuration.konfig_values import Asked, Dynamic
from bigflow.configuration.secrets import shown

K = TypeVar("K", bound="Konfig")


class KonfigType(ABCMeta):
    """The type of Konfig classes: they can be laid on one another."""

    def __matmul__(cls: type[K], other: type[Konfig] | Mapping[str, object]) -> type[K]:  # type: ignore[misc]
        """`A @ B`: A laid on B (a class, or a dict of properties); where both have a value, A's is taken."""
        if isinstance(other, Mapping):
            other = cast("type[Konfig]", KonfigType("{...}", (Konfig,), {**other, "_parts": ()}))
        if not isinstance(other, KonfigType):
            return NotImplemented
        name = f"{cls.__name__}@{other.__name__}"
        try:
            mixed = KonfigType(name, (cls, other), {"_parts": (cls, other), "__module__": cls.__module__})
        except TypeError:
            raise ConfigurationError(
                f"{name}: {other.__name__} already builds on {cls.__name__}",
                hint=f"turn them round: {other.__name__} @ {cls.__name__}",
            ) from None
        return cast("type[K]", mixed)


class Konfig(Mapping[str, object], metaclass=KonfigType):
    """Properties as attributes of a class; an instance holds their values, as attributes and as a mapping."""

    __slots__ = ("__dict__", "__weakref__", "_choose", "_computing", "_environment", "_overrides")

    _computing: list[tuple[str, int]]  # the properties, and at which parent, that wait for one another at this moment
    _environment: str | None
    _overrides: Mapping[str, object]

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if "__init__" in vars(cls):
            raise ConfigurationError(
                f"{cls.__name__} defines __init__, which a Konfig cannot have",
                hint="compute properties with dynamic(lambda self: ...)",
            )
        _refuse_taken(cls, (name for name, value in vars(cls).items() if _is_property(value)))

    def __init__(self, /, **overrides: object) -> None:
        self._fill(overrides, _ambient.environment_name())

    @classmethod
    def _made_for(cls, environment: str | None, overrides: Mapping[str, object]) -> Self:
        """An instance whose variables may also come from `.env.<environment>`."""
        konfig = object.__new__(cls)
        konfig._fill(overrides, environment)
        return konfig

    def replace(self, /, **overrides: object) -> Self:
        """The same Konfig with other values; what depends on them is computed anew."""
        return self._made_for(self._environment, {**self._overrides, **overrides})

    def _fill(self, overrides: Mapping[str, object], environment: str | None) -> None:
        cls = type(self)
        _refuse_taken(cls, overrides)
        for name, value in overrides.items():
            if name.startswith("_") or isinstance(value, Dynamic):
                raise ConfigurationError(
                    f"{cls.__name__}({name}=...): only public names and plain values can be given here",
                    hint=f"define '{name}' in a subclass of {cls.__name__}",
                )
        for slot, content in (("_computing", []), ("_environment", environment), ("_overrides", dict(overrides))):
            object.__setattr__(self, slot, content)
        vars(self).update(overrides)
        names = dict.fromkeys((*_property_names(cls), *overrides))
        try:
            values = {name: getattr(self, name) for name in names}
        except RecursionError:
            raise ConfigurationError(
                f"{cls.__name__}: its properties refer to each other too deeply, or without end",
                hint="in dynamic(lambda self: ...) ask `self`, and not a Konfig that is made of this class",
            ) from None
        object.__setattr__(self, "__dict__", values)

    def _reached(self, name: str) -> object:
        """What Python asks for that is not computed yet, or that does not exist."""
        if name.startswith("_"):
            raise AttributeError(name)
        value = self._inherited(name, type(self).__mro__)
        if value is _NOTHING:
            self._refuse_unknown(name)
        vars(self)[name] = value
        return value

    if not TYPE_CHECKING:  # a type checker shall notice what a class does not declare
        __getattr__ = _reached

    def _inherited(self, name: str, classes: tuple[type, ...]) -> object:
        """The value that the first of `classes` that knows `name` gives it."""
        for index, cls in enumerate(classes):
            if name in vars(cls):
                found = vars(cls)[name]
                if isinstance(found, Dynamic):
                    return self._computed(name, found, classes[index + 1 :])
                return found.__get__(self, type(self)) if hasattr(type(found), "__get__") else found
        return _NOTHING

    def _computed(self, name: str, rule: Dynamic, parents: tuple[type, ...]) -> object:
        def parent() -> object:
            value = self._inherited(name, parents)
            return None if value is _NOTHING else value

        step = (name, len(parents))
        if step in self._computing:
            begin = self._computing.index(step)
            circle = " -> ".join([*(waiting for waiting, _ in self._computing[begin:]), name])
            raise ConfigurationError(
                f"{type(self).__name__}: properties refer to each other in a circle: {circle}",
                hint="give one of them a plain value",
            )
        self._computing.append(step)
        try:
            return rule.compute(Asked(self, self._environment, parent))
        finally:
            self._computing.pop()

    def _refuse_unknown(self, name: str) -> NoReturn:
        cls = type(self)
        known = dict.fromkeys((*_property_names(cls), *vars(self)))
        hint = did_you_mean(name, known, f"define '{name}' in {cls.__name__}, or in a class that it builds on")
        raise UnknownProperty(f"{cls.__name__} has no property '{name}'", hint=hint)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise FrozenKonfig(
            f"{type(self).__name__}.{name} cannot be changed", hint=f"make another one: replace({name}=...)"
        )

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenKonfig(f"{type(self).__name__}.{name} cannot be removed", hint="a Konfig never changes")

    def __getitem__(self, name: str) -> object:
        if name not in vars(self):
            self._refuse_unknown(str(name))
        return vars(self)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(vars(self))

    def __len__(self) -> int:
        return len(vars(self))

    def __repr__(self) -> str:
        properties = ", ".join(f"{name}={shown(name, value)!r}" for name, value in self.items())
        return f"{type(self).__module__}.{type(self).__qualname__}({properties})"

    def __reduce__(self) -> tuple[object, ...]:
        return _unpickled, (_recipe(type(self)), self._environment, dict(self))


_NOTHING = object()


def _is_property(value: object) -> bool:
    return isinstance(value, Dynamic | cached_property) or not hasattr(type(value), "__get__")


def _property_names(cls: type) -> list[str]:
    """The properties of a class, those of its parents first; one that a subclass turned into a method is none."""
    kinds = {name: _is_property(value) for parent in reversed(cls.__mro__) for name, value in vars(parent).items()}
    return [name for name, is_property in kinds.items() if is_property and not name.startswith("_")]


def _refuse_taken(cls: type, names: Iterable[str]) -> None:
    for name in names:
        if not name.startswith("_") and hasattr(Konfig, name):
            raise ConfigurationError(
                f"{cls.__name__}.{name} would hide Konfig.{name}()", hint=f"choose another name than '{name}'"
            )


def _recipe(cls: type) -> type | tuple[object, ...]:
    """A class as pickle can name it: what `@` made is named by its parts; a dict among them is in the values anyway."""
    parts = vars(cls).get("_parts")
    if parts is None:
        return cls
    return tuple(_recipe(part) for part in parts if vars(part).get("_parts") != ())


def _cooked(recipe: object) -> type[Konfig]:
    if isinstance(recipe, tuple):
        return reduce(matmul, map(_cooked, recipe))
    return cast("type[Konfig]", recipe)


def _unpickled(recipe: object, environment: str | None, values: Mapping[str, object]) -> Konfig:
    return _cooked(recipe)._made_for(environment, values)
