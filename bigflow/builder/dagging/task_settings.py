"""Turns what a user says of a job, in the forms that people write, into TaskSettings."""

from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from bigflow.dags.spec import Pairs, Resources, TaskSettings, Toleration, Volume, VolumeKind
from bigflow.errors import nearest
from bigflow.workflow.jobs import JobSettings

_KINDS: tuple[VolumeKind, ...] = get_args(VolumeKind)
_TOLERATION_KEYS = ("key", "operator", "value", "effect", "seconds")


class Unreadable(Exception):
    """A value of a kind that has no meaning where it stands."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def task_settings(said: JobSettings) -> TaskSettings:
    """The settings; retries, limits and trigger rule have been checked with the workflow."""
    return TaskSettings(
        retries=int(said.retry_count),
        retry_pause_sec=float(said.retry_pause_sec),
        limit_sec=float(said.execution_timeout_sec),
        trigger_rule=said.trigger_rule,
        startup_timeout_sec=_seconds("startup_timeout_sec", said.startup_timeout_sec),
        priority=_whole("priority", said.priority),
        pool=_maybe_text("pool", said.pool),
        resources=_resources(said.resources),
        environment=_pairs("environment", said.environment),
        labels=_pairs("labels", said.labels),
        annotations=_pairs("annotations", said.annotations),
        service_account=_maybe_text("service_account", said.service_account),
        node_selector=_pairs("node_selector", said.node_selector),
        tolerations=tuple(_toleration(one) for one in _mappings("tolerations", said.tolerations)),
        spot=_flag("spot", said.spot),
        image=_maybe_text("image", said.image),
        pull_policy=_maybe_text("image_pull_policy", said.image_pull_policy),
        pull_secrets=tuple(_texts("image_pull_secrets", said.image_pull_secrets)),
        volumes=tuple(_volume(one) for one in _mappings("volumes", said.volumes)),
    )


def _resources(said: object) -> Resources:
    amounts = dict(_pairs("resources", said))
    known = Resources.__slots__
    for kind in amounts:
        if kind not in known:
            meant = nearest(kind, known)
            hint = f"did you mean {meant!r}?" if meant else f"there are {', '.join(known)}"
            raise Unreadable(f"resources has {kind!r}", hint)
    return Resources(**amounts)


def _pairs(name: str, said: object) -> Pairs:
    """A mapping of texts; numbers are written out."""
    if not isinstance(said, Mapping):
        raise Unreadable(f"{name}={said!r} is no dict", f"write {name}={{'key': 'value'}}")
    for key, value in said.items():
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not isinstance(key, str) or not (isinstance(value, str) or number):
            raise Unreadable(f"{name} has {key!r}: {value!r}", "keys are texts, and values texts or numbers")
    return tuple((key, str(value)) for key, value in said.items())


def _toleration(said: Mapping[object, object]) -> Toleration:
    wrong = [key for key in said if key not in _TOLERATION_KEYS]
    if wrong:
        hint = f"there are {', '.join(_TOLERATION_KEYS)}"
        raise Unreadable(f"a toleration has {wrong[0]!r}", hint)
    seconds = said.get("seconds")
    key, value, effect = (_text(f"a toleration's {name}", said.get(name, "")) for name in ("key", "value", "effect"))
    operator = _text("a toleration's operator", said.get("operator", "Equal"))
    return Toleration(key, operator, value, effect, None if seconds is None else _whole("seconds", seconds))


def _volume(said: Mapping[object, object]) -> Volume:
    kinds = [kind for kind in _KINDS if kind in said]
    wrong = [key for key in said if key not in (*_KINDS, "path", "read_only")]
    if wrong or len(kinds) != 1 or "path" not in said:
        hint = f"a volume has a path, one of {', '.join(_KINDS)}, and read_only: {{'path': '/data', 'claim': 'data'}}"
        raise Unreadable(f"volumes has {dict(said)!r}", hint)
    source = _text(f"the volume's {kinds[0]}", said[kinds[0]])
    return Volume(_text("the volume's path", said["path"]), kinds[0], source, _flag("read_only", said.get("read_only")))


def _mappings(name: str, said: object) -> Iterator[Mapping[object, object]]:
    for one in _many(name, said):
        if not isinstance(one, Mapping):
            raise Unreadable(f"{name} has {one!r}, which is no dict", f"write {name}=[{{'key': 'value'}}]")
        yield one


def _texts(name: str, said: object) -> Iterator[str]:
    return (_text(name, one) for one in _many(name, said))


def _many(name: str, said: object) -> Iterable[object]:
    if isinstance(said, (str, Mapping)) or not isinstance(said, Iterable):
        raise Unreadable(f"{name}={said!r} is no list", f"write {name}=[...]")
    return said


def _text(name: str, said: object) -> str:
    if isinstance(said, str):
        return said
    raise Unreadable(f"{name}: {said!r} is no text", "write it in quotes")


def _maybe_text(name: str, said: object) -> str | None:
    return None if said is None else _text(name, said)


def _flag(name: str, said: object) -> bool:
    if said is None or isinstance(said, bool):
        return bool(said)
    raise Unreadable(f"{name}={said!r} is neither True nor False", f"write {name}=True")


def _whole(name: str, said: object) -> int:
    if isinstance(said, int) and not isinstance(said, bool):
        return said
    raise Unreadable(f"{name}={said!r} is no whole number", f"write {name}=10, say")


def _seconds(name: str, said: object) -> float:
    if isinstance(said, (int, float)) and not isinstance(said, bool):
        return float(said)
    raise Unreadable(f"{name}={said!r} is no number of seconds", f"write {name}=600, say")
