"""Turns a task into the settings of its KubernetesPodOperator."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta

from bigflow.dags.names import label
from bigflow.dags.source import Call, Table, Value, untemplated
from bigflow.dags.spec import DagSpec, Pairs, Resources, TaskSettings, TaskSpec, Toleration, Volume

SPOT_NODES = (("cloud.google.com/gke-spot", "true"),)
SPOT_TAINT = Toleration(key="cloud.google.com/gke-spot", value="true", effect="NoSchedule")
SPOT_GRACE_SEC = 25  # what is left when a spot node is told to go, and less than the 30 s until it is gone

Settings = tuple[tuple[str, Value], ...]
_DEFAULTS: dict[str, Value] = {"trigger_rule": "all_success", "priority_weight": 1}  # of Airflow; others are None


def settings(said: TaskSettings) -> Settings:
    """All that can be said, the same names for each, with None where nobody said anything."""
    seconds = timedelta(seconds=said.limit_sec)
    return (
        ("retries", said.retries + said.spot),
        ("retry_delay", timedelta(seconds=said.retry_pause_sec)),
        ("execution_timeout", seconds),
        ("trigger_rule", said.trigger_rule),
        ("priority_weight", said.priority),
        ("pool", said.pool),
        ("image", said.image),
        ("image_pull_policy", said.pull_policy),
        ("image_pull_secrets", _some(_named("k8s.V1LocalObjectReference", name) for name in said.pull_secrets)),
        ("startup_timeout_seconds", round(said.startup_timeout_sec)),
        ("active_deadline_seconds", max(1, round(said.limit_sec))),
        ("container_resources", _resources(said.resources)),
        ("service_account_name", said.service_account),
        ("node_selector", table((*said.node_selector, *(SPOT_NODES if said.spot else ())))),
        ("tolerations", _some(map(_toleration, (*said.tolerations, *((SPOT_TAINT,) if said.spot else ()))))),
        ("termination_grace_period", SPOT_GRACE_SEC if said.spot else None),
        ("annotations", table((key, untemplated(value)) for key, value in said.annotations)),
        ("volumes", _some(_volume(*one) for one in enumerate(said.volumes))),
        ("volume_mounts", _some(_mount(*one) for one in enumerate(said.volumes))),
    )


def usual(each: Iterable[Settings]) -> dict[str, Value]:
    """What most of the tasks say of each setting; the first of them where two are as many."""
    columns = zip(*each, strict=True)
    return dict(Counter(column).most_common(1)[0][0] for column in columns)


def differences(said: Settings, usual: dict[str, Value]) -> Iterator[tuple[str, Value]]:
    """In what a task is not like most."""
    return ((name, value) for name, value in said if value != usual[name])


def worth_saying(known: dict[str, Value]) -> Iterator[tuple[str, Value]]:
    """Those that are not what Airflow does anyway."""
    return ((name, value) for name, value in known.items() if value != _DEFAULTS.get(name))


def labels(spec: DagSpec, version: str) -> Pairs:
    """What all pods of a workflow are found by."""
    said = (("project", spec.project), ("workflow", spec.workflow_id), ("owner", spec.owner), ("version", version))
    return tuple((f"bigflow-{name}", label(value)) for name, value in said if label(value))


def job_labels(task: TaskSpec) -> Pairs:
    """What the labels of one job's pod are beside those of its workflow and its id."""
    job = label(task.job_id)
    own = () if job == task.job_id else (("bigflow-job", job),)
    return (*((key, label(value)) for key, value in task.settings.labels), *own)


def table(pairs: Iterable[tuple[str, str]]) -> Table | None:
    """A dict of texts; None instead of an empty one."""
    items = tuple(dict(pairs).items())
    return Table(items) if items else None


def uses_models(settings: Iterable[Settings]) -> bool:
    """Whether Kubernetes' own classes are among the values."""
    return any(_is_model(value) for one in settings for _, value in one)


def _is_model(value: Value) -> bool:
    return isinstance(value, Call) or (isinstance(value, tuple) and any(map(_is_model, value)))


def _some(calls: Iterable[Call]) -> Value:
    return tuple(calls) or None


def _named(model: str, name: str) -> Call:
    return Call(model, (("name", name),))


def _resources(said: Resources) -> Value:
    """The same as request and limit: a pod gets what it is promised, and no more."""
    kinds = ((said.cpu, "cpu"), (said.memory, "memory"), (said.disk, "ephemeral-storage"), (said.gpu, "nvidia.com/gpu"))
    amounts = table((kind, amount) for amount, kind in kinds if amount)
    return Call("k8s.V1ResourceRequirements", (("requests", amounts), ("limits", amounts))) if amounts else None


def _toleration(one: Toleration) -> Call:
    said = (("key", one.key), ("operator", one.operator), ("value", one.value), ("effect", one.effect))
    seconds: Settings = () if one.seconds is None else (("toleration_seconds", one.seconds),)
    return Call("k8s.V1Toleration", (*((name, value) for name, value in said if value), *seconds))


def _volume(number: int, volume: Volume) -> Call:
    kind, model, argument = _SOURCES[volume.kind]
    what = Call(model, ((argument, volume.source),) if volume.source else ())
    return Call("k8s.V1Volume", (("name", _volume_name(number)), (kind, what)))


def _mount(number: int, volume: Volume) -> Call:
    read_only: Settings = (("read_only", True),) if volume.read_only else ()
    return Call("k8s.V1VolumeMount", (("name", _volume_name(number)), ("mount_path", volume.path), *read_only))


def _volume_name(number: int) -> str:
    return f"volume-{number}"


_SOURCES = {
    "claim": ("persistent_volume_claim", "k8s.V1PersistentVolumeClaimVolumeSource", "claim_name"),
    "secret": ("secret", "k8s.V1SecretVolumeSource", "secret_name"),
    "config_map": ("config_map", "k8s.V1ConfigMapVolumeSource", "name"),
    "empty_dir": ("empty_dir", "k8s.V1EmptyDirVolumeSource", "size_limit"),
}
