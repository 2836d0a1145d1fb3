"""Says, as plain data, what a DAG is: all that a workflow decides, and nothing that an environment does."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

Pairs: TypeAlias = tuple[tuple[str, str], ...]  # a mapping, in the order of writing
TimetableKind: TypeAlias = Literal["cron", "delta", "once", "none"]
ParamKind: TypeAlias = Literal["text", "integer", "number", "boolean", "list", "object", "date", "moment"]
VolumeKind: TypeAlias = Literal["claim", "secret", "config_map", "empty_dir"]
AlertKind: TypeAlias = Literal["slack", "email", "webhook"]


@dataclass(frozen=True, slots=True)
class Timetable:
    """When runs begin, and which data interval each of them has."""

    kind: TimetableKind
    cron: str = ""  # five fields, if kind is "cron"
    seconds: float = 0  # between two runs, if kind is "delta"
    timezone: str = "UTC"  # on whose clocks the cron expression is read


@dataclass(frozen=True, slots=True)
class Param:
    """A value that can be given when a run is triggered by hand."""

    name: str
    kind: ParamKind
    default: str  # as JSON
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """Who is told, once, when a run has failed."""

    kind: AlertKind
    connection: str = ""  # the Airflow connection that knows the address and the password
    to: tuple[str, ...] = ()  # a channel, addresses
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Resources:
    """What a pod gets: Kubernetes quantities. An empty text: nobody said."""

    cpu: str = ""
    memory: str = ""
    disk: str = ""
    gpu: str = ""

    def or_else(self, other: "Resources") -> "Resources":
        """The same, with what nobody said taken from another one."""
        return Resources(
            self.cpu or other.cpu, self.memory or other.memory, self.disk or other.disk, self.gpu or other.gpu
        )


NOTHING_SAID = Resources()


@dataclass(frozen=True, slots=True)
class Toleration:
    """A taint of nodes that a pod puts up with."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Volume:
    """Something that is mounted into a pod: `source` is a name, or for an empty folder the size that it may reach."""

    path: str
    kind: VolumeKind
    source: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class TaskSettings:
    """How a job runs, and what its pod looks like. Jobs that say the same can share one."""

    retries: int = 3
    retry_pause_sec: float = 60
    limit_sec: float = 10800
    startup_timeout_sec: float = 600
    trigger_rule: str = "all_success"
    priority: int = 1
    pool: str | None = None
    resources: Resources = NOTHING_SAID
    environment: Pairs = ()
    labels: Pairs = ()
    annotations: Pairs = ()
    service_account: str | None = None
    node_selector: Pairs = ()
    tolerations: tuple[Toleration, ...] = ()
    spot: bool = False
    image: str | None = None  # another one than the project's
    pull_policy: str | None = None
    pull_secrets: tuple[str, ...] = ()
    volumes: tuple[Volume, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """One job."""

    job_id: str
    pod_name: str  # KubernetesPodOperator adds some random characters
    after: tuple[str, ...]  # ids of jobs that come earlier in the DagSpec
    settings: TaskSettings
    doc: str = ""


@dataclass(frozen=True, slots=True)
class DagSpec:
    """One workflow. Version, image and place are not here: with the same sources, a spec never changes."""

    project: str
    package: str
    workflow_id: str
    dag_id: str
    timetable: Timetable
    start_date: datetime  # aware, in UTC
    tasks: tuple[TaskSpec, ...]  # each after those that it waits for
    catchup: bool = False
    depends_on_past: bool = False
    max_active_runs: int = 1
    description: str = ""
    doc: str = ""
    tags: tuple[str, ...] = ()
    owner: str = ""
    params: tuple[Param, ...] = ()
    alerts: tuple[Alert, ...] = ()
    deadline_sec: float | None = None  # that a run may take
    secrets: tuple[str, ...] = ()
    env_variable: str = "env"  # the Airflow variable that holds the name of the environment
    code: str = ""  # fingerprint of the project's files that the jobs can reach; no file says it, but plans do
