"""Turns the settings of a job into what Kubernetes, or Airflow of a task, would refuse of them."""

import re
from collections.abc import Iterator
from typing import TypeAlias

from bigflow.dags.spec import Pairs, TaskSettings, Toleration, Volume

Problems: TypeAlias = Iterator[tuple[str, str]]  # what is wrong, and what to write instead
LONGEST_SEC = 366 * 24 * 3600
RESERVED_VARIABLES = ("bf_run_id", "bf_attempt", "bf_interval_end", "bf_labels")  # what each pod is told by the DAG
RESERVED_LABELS = "bigflow-"
PULL_POLICIES = ("Always", "IfNotPresent", "Never")
EFFECTS = ("", "NoSchedule", "PreferNoSchedule", "NoExecute")

_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.ASCII)
_LABEL = re.compile(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?", re.ASCII)
_KEY_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_QUANTITY = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+)?", re.ASCII)
_POOL = re.compile(r"[A-Za-z0-9_.-]{1,250}", re.ASCII)
_WHOLE = re.compile(r"[1-9]\d*", re.ASCII)
_FACTORS = {"m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18} | {
    f"{letter}i": 1024.0**power for power, letter in enumerate("KMGTPE", start=1)
}
_LEAST_BYTES = 2**20  # less than a MiB is a forgotten unit


def quantity(text: str) -> float | None:
    """The number that a Kubernetes quantity stands for; None if it is none."""
    found = _QUANTITY.fullmatch(text)
    if found is None:
        return None
    suffix = found[2] or ""
    if suffix in _FACTORS:
        return float(found[1]) * _FACTORS[suffix]
    return float(found[1] + suffix)


def short(text: str) -> str:
    """A text as a message can show it."""
    return repr(text if len(text) <= 40 else f"{text[:40]}...")


def problems(said: TaskSettings) -> Problems:
    """What would be refused of one job's settings, and what to write instead."""
    yield from _numbers(said)
    yield from _amounts(said)
    yield from _names(said)
    for name, _ in said.environment:
        yield from _variable(name)
    yield from _keys("labels", said.labels)
    yield from _keys("annotations", said.annotations)
    yield from _keys("node_selector", said.node_selector, labels=True)
    for toleration in said.tolerations:
        yield from _toleration(toleration)
    yield from _volumes(said.volumes)


def _numbers(said: TaskSettings) -> Problems:
    times = (
        ("retry_pause_sec", said.retry_pause_sec, 0),
        ("execution_timeout_sec", said.limit_sec, 1),
        ("startup_timeout_sec", said.startup_timeout_sec, 1),
    )
    for name, value, least in times:
        if not least <= value <= LONGEST_SEC:
            yield f"{name}={value:g} is not a number of seconds from {least} to a year", "write 3600, say"
    if not -(2**31) <= said.priority < 2**31:
        yield (
            f"priority={said.priority} is too large for Airflow",
            "priorities are compared with each other: 10 is high",
        )


def _amounts(said: TaskSettings) -> Problems:
    amounts = said.resources
    for kind, text in (("cpu", amounts.cpu), ("memory", amounts.memory), ("disk", amounts.disk)):
        amount = quantity(text) if text else 1.0 * _LEAST_BYTES
        if amount is None or amount <= 0:
            hint = "write '500m' or '2'" if kind == "cpu" else "write '512Mi', '2Gi' or '2G'"
            yield f"Kubernetes would refuse the {kind} {text!r}", hint
        elif kind != "cpu" and amount < _LEAST_BYTES:
            yield f"{kind} {text!r} is {amount:g} bytes", f"a unit is missing: {text + 'Gi'!r}?"
    if amounts.gpu and not _WHOLE.fullmatch(amounts.gpu):
        yield f"Kubernetes would refuse {amounts.gpu!r} GPUs", "write a whole number, such as 1"


def _names(said: TaskSettings) -> Problems:
    hosts = (
        ("service_account", said.service_account),
        *(("image_pull_secrets", name) for name in said.pull_secrets),
    )
    for what, name in hosts:
        if name is not None and not _is_host(name):
            yield f"Kubernetes would refuse the {what} {short(name)}", "small letters, digits, '-' and '.'"
    if said.pull_policy is not None and said.pull_policy not in PULL_POLICIES:
        yield f"there is no image_pull_policy {said.pull_policy!r}", f"one of {', '.join(PULL_POLICIES)}"
    if said.image is not None and not re.fullmatch(r"[^\s{}]+", said.image):
        yield f"{said.image!r} is no image", "write a reference, such as europe-docker.pkg.dev/project/repo/image:1.0"
    if said.pool is not None and not _POOL.fullmatch(said.pool):
        yield f"Airflow 2.11 would refuse the pool {short(said.pool)}", "letters, digits, '_', '-' and '.'"


def _variable(name: str) -> Problems:
    if not _VARIABLE.fullmatch(name):
        yield f"no environment variable can have the name {name!r}", "letters, digits and '_'"
    elif name.lower() in RESERVED_VARIABLES:
        yield f"the environment variable {name!r} is one of the framework's own", "give yours another name"


def _keys(what: str, pairs: Pairs, *, labels: bool = False) -> Problems:
    for key, value in pairs:
        prefix, slash, name = key.rpartition("/")
        if not _KEY_NAME.fullmatch(name) or (slash and not _is_host(prefix)):
            yield f"Kubernetes would refuse {what} key {short(key)}", "write team, or example.com/team"
        elif key.startswith(RESERVED_LABELS) and what == "labels":
            yield f"the label {key!r} is one of the framework's own", f"begin yours without {RESERVED_LABELS!r}"
        if labels and not _LABEL.fullmatch(value):
            yield f"Kubernetes would refuse the {what} value {short(value)}", "up to 63 letters, digits, '-', '_', '.'"


def _toleration(one: Toleration) -> Problems:
    if one.effect not in EFFECTS:
        yield f"there is no taint effect {one.effect!r}", f"one of {', '.join(EFFECTS[1:])}, or none for all"
    if one.operator not in ("Equal", "Exists") or (one.operator == "Exists" and one.value):
        yield f"a toleration cannot have the operator {one.operator!r} and the value {one.value!r}", "Equal, or Exists"
    if one.operator == "Equal" and not one.key:
        yield "a toleration without key must have the operator Exists", "write {'operator': 'Exists'}"
    if one.seconds is not None and one.effect != "NoExecute":
        yield "a toleration has seconds only with the effect NoExecute", "leave them out"


def _volumes(volumes: tuple[Volume, ...]) -> Problems:
    paths = [volume.path for volume in volumes]
    for volume in volumes:
        if not volume.path.startswith("/") or ":" in volume.path:
            yield f"no volume can be mounted at {volume.path!r}", "write an absolute path, such as /data"
        if paths.count(volume.path) > 1:
            yield f"two volumes are mounted at {volume.path!r}", "give one of them another path"
        if volume.kind == "empty_dir":
            if volume.source and not quantity(volume.source):
                yield f"Kubernetes would refuse the size {volume.source!r}", "write '10Gi'"
        elif not _is_host(volume.source):
            yield (
                f"Kubernetes has no {volume.kind} of the name {short(volume.source)}",
                "small letters, digits, '-', '.'",
            )


def _is_host(name: str) -> bool:
    return len(name) <= 253 and bool(_HOST.fullmatch(name))
