"""Turns DagSpecs into the text of `specs.json` and back, so that a deploy can render them without the sources."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import is_dataclass
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from bigflow.dags.spec import DagSpec, TaskSettings
from bigflow.errors import UsageError

SCHEMA = 1
_Spec = TypeVar("_Spec")
_Made = TypeVar("_Made")


class SpecsUnreadable(UsageError):
    """A file of specs that this version of the framework cannot read."""


def written(specs: Iterable[DagSpec]) -> str:
    """The text: the same for the same specs, in the order of their ids."""
    known = sorted(specs, key=lambda spec: spec.dag_id)
    data = {"schema": SCHEMA, "dags": [_plain(spec, {}) for spec in known]}
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def read(text: str, where: str = "specs.json") -> tuple[DagSpec, ...]:
    """The specs that were written."""
    return _read(text, where, lambda dag: _of(DagSpec, dag, "dags"))


def _read(text: str, where: str, made: Callable[[Any], _Made]) -> tuple[_Made, ...]:
    try:
        data = json.loads(text)
        if not isinstance(data, dict) or data.get("schema") != SCHEMA:
            raise _Wrong(f"it is not of schema {SCHEMA}")
        return tuple(map(made, data["dags"]))
    except (_Wrong, KeyError, TypeError, ValueError) as error:
        raise SpecsUnreadable(
            f"this is not a file of DAG specs that this version can read: {error}",
            where=where,
            hint="bigflow build-dags   (with the version of the framework that deploys)",
        ) from None


def _plain(value: object, settled: dict[TaskSettings, object]) -> object:
    """The value as JSON has it. Most jobs share their settings, which are turned but once."""
    if isinstance(value, tuple):
        return [_plain(one, settled) for one in value]
    if isinstance(value, TaskSettings):
        if value not in settled:
            settled[value] = {name: _plain(getattr(value, name), settled) for name in _types(TaskSettings)}
        return settled[value]
    if is_dataclass(value):
        return {name: _plain(getattr(value, name), settled) for name in _types(type(value))}  # type: ignore[arg-type]
    return value.isoformat() if isinstance(value, datetime) else value


@cache
def _types(kind: type) -> Mapping[str, object]:
    """The fields of a dataclass, and what they are, in the order of writing."""
    return get_type_hints(kind)


class Outline(NamedTuple):
    """What can be drawn of a DAG: its jobs, each with those that it comes after."""

    workflow_id: str
    jobs: tuple[tuple[str, tuple[str, ...]], ...]


def outlines(text: str, where: str = "specs.json") -> tuple[Outline, ...]:
    """The specs that were written, but for all that takes long to read."""
    return _read(text, where, lambda dag: Outline(str(dag["workflow_id"]), tuple(map(_outlined, dag["tasks"]))))


def _outlined(task: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    return str(task["job_id"]), tuple(map(str, task["after"]))


class _Wrong(Exception):
    """A value of another type than the spec has."""


def _value(kind: object, value: object, place: str) -> object:
    """The value as the annotation says that it is."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        own = next(one for one in inner if one is not NoneType)
        return None if value is None else _value(own, value, place)
    if origin is tuple:
        return _tuple(inner, value, place)
    if origin is Literal:
        return _checked(value in inner, value, place)
    if is_dataclass(kind) and isinstance(kind, type):
        return _of(kind, value, place)
    return _scalar(kind, value, place)


def _scalar(kind: object, value: object, place: str) -> object:
    if kind is datetime:
        return datetime.fromisoformat(str(value))
    if kind is float:
        return _checked(isinstance(value, (int, float)) and not isinstance(value, bool), value, place)
    return _checked(type(value) is kind, value, place)


def _of(kind: type[_Spec], value: object, place: str) -> _Spec:
    if not isinstance(value, Mapping):
        raise _Wrong(f"{place} holds {value!r}")
    types = _types(kind)  # type: ignore[arg-type]
    if strange := sorted(value.keys() - types.keys()):
        raise _Wrong(f"{place} has {strange[0]!r}, which this version does not know")
    return kind(**{name: _value(types[name], one, f"{place}.{name}") for name, one in value.items()})


def _tuple(inner: tuple[object, ...], value: object, place: str) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise _Wrong(f"{place} is {value!r}")
    each = inner[:1] * len(value) if inner[-1] is Ellipsis else inner
    if len(each) != len(value):
        raise _Wrong(f"{place} has {len(value)} parts")
    return tuple(_value(kind, one, place) for kind, one in zip(each, value, strict=True))


def _checked(right: bool, value: object, place: str) -> object:
    if not right:
        raise _Wrong(f"{place} is {value!r}")
    return value
