"""Turns Konfig classes and the name of an environment into the Konfig of that environment."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar, cast

from bigflow import _ambient
from bigflow.configuration.errors import ConfigurationError, did_you_mean, listed
from bigflow.configuration.konfig import Konfig, KonfigType

K = TypeVar("K", bound=Konfig)


def resolve_konfig(
    konfigs: Mapping[str, type[K]] | Iterable[type[K]],
    name: str | None = None,
    default: str | None = None,
    extra: Mapping[str, object] | None = None,
    lazy: bool = True,
) -> K:
    """The Konfig of the environment `name`, else of `bf_env`, else of `default`, with `extra` instead of its values.

    A lazy one is chosen and made at its first use: a module can have it although the environment is not known yet.
    """
    known = _by_name(konfigs)
    overrides = dict(extra or {})

    def choose() -> K:
        chosen = name or _ambient.environment_name() or default
        if chosen in known:
            return known[chosen]._made_for(chosen, overrides)
        choices = f"known: {listed(known)}"
        if chosen is None:
            raise ConfigurationError(f"no environment is named; {choices}", hint="name one with -c, or give a default")
        hint = did_you_mean(chosen, known, "name one of them, or add a class for it")
        raise ConfigurationError(f"there is no Konfig for the environment '{chosen}'; {choices}", hint=hint)

    return cast(K, _later(choose)) if lazy else choose()


def _by_name(konfigs: Mapping[str, type[K]] | Iterable[type[K]]) -> dict[str, type[K]]:
    pairs = list(konfigs.items()) if isinstance(konfigs, Mapping) else [(_name(cls), cls) for cls in konfigs]
    by_name = dict(pairs)
    wrong = [name for name, cls in pairs if not isinstance(cls, KonfigType) or by_name[name] is not cls]
    if wrong:
        raise ConfigurationError(
            f"'{wrong[0]}' must name one Konfig class, and is {by_name[wrong[0]]!r}",
            hint="write resolve_konfig({'dev': DevKonfig, 'prod': ProdKonfig})",
        )
    return by_name


def _name(cls: object) -> str:
    return str(getattr(cls, "__name__", cls))


class _Later(Konfig):
    """A Konfig that is not chosen yet. At the first use of its content it becomes the chosen one: its very class."""

    _choose: Callable[[], Konfig]

    def __getattribute__(self, name: str) -> object:
        # Asking for its type, as whoever searches a module for workflows does, is not a use of its content.
        if name.startswith("__") and name not in ("__dict__", "__reduce_ex__"):
            return object.__getattribute__(self, name)
        _become(self, object.__getattribute__(self, "_choose")())
        return getattr(self, name)


def _later(choose: Callable[[], Konfig]) -> Konfig:
    konfig = object.__new__(_Later)
    object.__setattr__(konfig, "_choose", choose)
    return konfig


def _become(konfig: Konfig, chosen: Konfig) -> None:
    for slot in ("_computing", "_environment", "_overrides", "__dict__"):
        object.__setattr__(konfig, slot, getattr(chosen, slot))
    # Last: another thread sees either one that is not chosen or one that is complete. Two threads bring equal values.
    object.__setattr__(konfig, "__class__", type(chosen))
