"""Turns a DagSpec into a DAG of one environment: fills in what only a build and a place can know."""

from dataclasses import dataclass, replace
from datetime import datetime

from bigflow.dags.spec import NOTHING_SAID, Alert, DagSpec, Resources, TaskSettings, TaskSpec, Timetable


@dataclass(frozen=True, slots=True)
class Bindings:
    """What a build and an environment say. None: nothing, so what the workflow says holds."""

    image: str  # the full reference, best with a digest
    version: str
    environment: str | None = None  # the configuration to take where Airflow has no such variable
    namespace: str | None = None
    connection: str | None = None  # to Kubernetes; without any of these three Composer is recognised
    config_file: str | None = None
    service_account: str | None = None  # these three for the jobs that name none
    pool: str | None = None
    resources: Resources = NOTHING_SAID
    timetable: Timetable | None = None  # these two for all workflows
    alerts: tuple[Alert, ...] | None = None
    paused: bool = False  # when the DAG is first seen
    first: datetime | None = None  # starts of the first and the last period, where a hand-over has set them
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class BoundDag:
    """All that a DAG file says."""

    spec: DagSpec
    bindings: Bindings


def bind(spec: DagSpec, bindings: Bindings) -> BoundDag:
    """The DAG as it is in that environment. The spec stays what it was."""
    settled: dict[TaskSettings, TaskSettings] = {}  # most jobs share theirs

    def task(one: TaskSpec) -> TaskSpec:
        if one.settings not in settled:
            settled[one.settings] = _settled(one.settings, bindings)
        return TaskSpec(one.job_id, one.pod_name, one.after, settled[one.settings], one.doc)

    bound = replace(
        spec,
        timetable=spec.timetable if bindings.timetable is None else bindings.timetable,
        alerts=spec.alerts if bindings.alerts is None else bindings.alerts,
        start_date=bindings.first or spec.start_date,
        tasks=tuple(map(task, spec.tasks)),
    )
    return BoundDag(bound, bindings)


def _settled(said: TaskSettings, bindings: Bindings) -> TaskSettings:
    return replace(
        said,
        service_account=said.service_account or bindings.service_account,
        pool=said.pool or bindings.pool,
        resources=said.resources.or_else(bindings.resources),
        image=said.image or bindings.image,
    )
