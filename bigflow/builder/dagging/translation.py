"""Turns a Workflow, with what is known of its project, into a DagSpec."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from inspect import cleandoc
from typing import TypeVar

from bigflow.builder.dagging.task_settings import Unreadable, task_settings
from bigflow.dags import rules
from bigflow.dags.names import pod_names, versioned_dag_id
from bigflow.dags.spec import Alert, DagSpec, Param, ParamKind, TaskSettings, TaskSpec, Timetable
from bigflow.errors import Finding, InvalidProject
from bigflow.schedule import Schedule
from bigflow.workflow.alerts import Email, Slack, Webhook
from bigflow.workflow.context import as_moment
from bigflow.workflow.edition import Edition, settled
from bigflow.workflow.graph import order
from bigflow.workflow.jobs import Job, JobSettings, settings
from bigflow.workflow.source import where
from bigflow.workflow.workflow import Workflow

ALWAYS = datetime(2020, 1, 1, tzinfo=UTC)  # the start of what nothing schedules: Airflow wants one all the same
NO_TIME = datetime(1980, 1, 1)  # the start of a build of which neither a commit nor a user says when it is
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class BuiltProject:
    """What a DAG takes from its project."""

    name: str
    package: str
    edition: Edition
    version: str  # part of the DAG ids of edition 1.11
    started: datetime  # the start time of the build: wall time, as `-t` says it


def translate(workflow: Workflow, project: BuiltProject) -> DagSpec:
    """The spec, free of what Airflow or Kubernetes would refuse; else InvalidProject with all that is wrong."""
    if wrong := workflow.validate():
        raise InvalidProject(wrong)
    reading = _Reading(workflow)
    spec = _spec(workflow, project, reading)
    if not reading.wrong:
        reading.wrong += [_finding(workflow, one) for one in rules.broken(spec)]
    if reading.wrong:
        raise InvalidProject(reading.wrong)
    return spec


def doubts(workflow: Workflow, spec: DagSpec, project: BuiltProject) -> Iterator[Finding]:
    """What works, and may yet not be what was meant."""
    yield from (_finding(workflow, one) for one in rules.doubtful(spec))
    scheduled = spec.timetable.kind != "none" and project.started > NO_TIME
    if scheduled and spec.start_date > project.started.astimezone(UTC):
        yield Finding(
            f"workflow {spec.workflow_id!r} does not run before its start_date, {spec.start_date:%Y-%m-%d %H:%M} UTC",
            where(workflow),
            "take an earlier start_date if it shall run now",
        )


class _Reading:
    """What is wrong with a workflow, as far as it has been read."""

    def __init__(self, workflow: Workflow) -> None:
        self._workflow = workflow
        self.wrong: list[Finding] = []

    def of(self, read: Callable[[], _Made], instead: _Made, job: object = None) -> _Made:
        """What `read` gives; if that cannot be, a note of it, and something to go on with."""
        try:
            return read()
        except Unreadable as error:
            what = f"workflow {self._workflow.workflow_id!r}" if job is None else f"job {job.id!r}"  # type: ignore[attr-defined]
            place = where(self._workflow if job is None else job)
            self.wrong.append(Finding(f"{what}: {error.message}", place, error.hint))
            return instead


def _spec(workflow: Workflow, project: BuiltProject, reading: _Reading) -> DagSpec:
    said = settled(workflow, project.edition)
    versioned = project.edition.versioned_dag_ids and workflow.start_date is None
    return DagSpec(
        project=project.name,
        package=project.package,
        workflow_id=workflow.workflow_id,
        dag_id=versioned_dag_id(workflow.workflow_id, project.version, project.started)
        if versioned
        else workflow.workflow_id,
        timetable=_timetable(said.schedule),
        start_date=reading.of(lambda: _start(workflow, said.schedule, project), ALWAYS),
        tasks=tuple(_tasks(workflow, reading)),
        catchup=said.catchup,
        depends_on_past=said.depends_on_past,
        max_active_runs=said.max_active_runs,
        description=reading.of(lambda: _text("description", workflow.description), ""),
        doc=_doc(workflow),
        tags=reading.of(lambda: _texts("tags", workflow.tags), ()),
        owner=reading.of(lambda: _text("owner", workflow.owner), ""),
        params=tuple(
            reading.of(lambda name=name, value=value: _param(name, value), Param("", "text", '""'))  # type: ignore[misc]
            for name, value in workflow.params.items()
        ),
        alerts=reading.of(lambda: tuple(map(_alert, _listed("alerts", workflow.alerts))), ()),
        deadline_sec=reading.of(lambda: _deadline(workflow.deadline), None),
        secrets=reading.of(lambda: tuple(dict.fromkeys(_texts("secrets", workflow.secrets))), ()),
        env_variable=reading.of(lambda: _text("env_variable", workflow.env_variable), ""),
    )


def _tasks(workflow: Workflow, reading: _Reading) -> Iterator[TaskSpec]:
    graph = workflow.graph
    numbers = order(graph)
    jobs: list[Job] = [graph.jobs[number] for number in numbers]  # type: ignore[misc]
    ids = {number: job.id for number, job in zip(numbers, jobs, strict=True)}
    names = pod_names(workflow.workflow_id, ids.values())
    known: dict[object, TaskSettings] = {}
    for number, job, name in zip(numbers, jobs, names, strict=True):
        after = tuple(ids[parent] for parent in graph.parents[number])
        said = settings(job, workflow.defaults)
        own = reading.of(lambda said=said: _settings(said, known), TaskSettings(), job)  # type: ignore[misc]
        yield TaskSpec(job.id, name, after, own, _job_doc(job))


def _settings(said: JobSettings, known: dict[object, TaskSettings]) -> TaskSettings:
    """The settings of a job; those of one before, if that has said the same in plain words."""
    words = tuple((name, type(value), value) for name, value in vars(said).items())
    try:
        if words not in known:
            known[words] = task_settings(said)
        return known[words]
    except TypeError:  # a dict or a list among them
        return task_settings(said)


def _timetable(schedule: Schedule) -> Timetable:
    seconds = schedule.delta.total_seconds() if schedule.delta is not None else 0.0
    return Timetable(schedule.kind, schedule.expression, seconds, schedule.timezone or "UTC")


def _start(workflow: Workflow, schedule: Schedule, project: BuiltProject) -> datetime:
    """When the first period begins."""
    if schedule.start_date is not None:
        return schedule.start_date
    if project.edition.versioned_dag_ids:
        return schedule.instant(_from_factory(workflow, project.started))
    if schedule.kind == "none":
        return ALWAYS
    raise Unreadable(
        f"it has no start_date, which edition {project.edition.name} wants of everything that has a schedule",
        f"add start_date='{project.started:%Y-%m-%d}'",
    )


def _from_factory(workflow: Workflow, started: datetime) -> datetime:
    try:
        made = workflow.start_time_factory(started)
    except Exception as error:  # the user's own function
        raise Unreadable(f"its start_time_factory failed: {type(error).__name__}: {error}", "mend it") from error
    if not isinstance(made, date):
        raise Unreadable(f"its start_time_factory gave {made!r}", "it must give a datetime")
    return as_moment(made)


def _doc(workflow: Workflow) -> str:
    """The description, and the docstring of a class or an instance of the user's own."""
    own = workflow.__doc__ if workflow.__doc__ is not Workflow.__doc__ else ""
    description = workflow.description if isinstance(workflow.description, str) else ""
    return "\n\n".join(filter(None, (description, cleandoc(own or ""))))


def _job_doc(job: object) -> str:
    text = job.__doc__
    return cleandoc(text) if isinstance(text, str) and text is not Job.__doc__ else ""


def _param(name: object, default: object) -> Param:
    if not isinstance(name, str):
        raise Unreadable(f"the param {name!r} has no name", "names are text: params={'country': 'pl'}")
    if isinstance(default, date):
        aware = isinstance(default, datetime) and default.tzinfo is not None
        kind: ParamKind = "moment" if aware else "text" if isinstance(default, datetime) else "date"
        return Param(name, kind, json.dumps(default.isoformat()))
    for known, kind in _PARAM_KINDS:
        if isinstance(default, known):
            try:
                return Param(name, kind, json.dumps(default, allow_nan=False), nullable=default is None)
            except (TypeError, ValueError) as error:
                raise Unreadable(f"the param {name!r} has a default that is no JSON: {error}", _PARAM_HINT) from None
    raise Unreadable(f"the param {name!r} has the default {default!r}", _PARAM_HINT)


_PARAM_HINT = "defaults are texts, numbers, booleans, dates, lists, dicts or None"
_PARAM_KINDS: tuple[tuple[type, ParamKind], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "text"),
    (type(None), "text"),
    (list, "list"),
    (dict, "object"),
)


def _alert(alert: object) -> Alert:
    if isinstance(alert, Slack):
        return Alert("slack", alert.connection)
    if isinstance(alert, Email):
        return Alert("email", alert.connection, _texts("addresses", alert.to), alert.sender)
    if isinstance(alert, Webhook):
        return Alert("webhook", alert.connection)
    hint = "from bigflow.workflow.alerts import slack, email, webhook"
    raise Unreadable(f"alerts has {alert!r}, which is no alert", hint)


def _deadline(deadline: object) -> float | None:
    if deadline is None or isinstance(deadline, timedelta):
        return None if deadline is None else deadline.total_seconds()
    raise Unreadable(f"deadline={deadline!r} is no timedelta", "write deadline=timedelta(hours=3), say")


def _text(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    raise Unreadable(f"{name}={value!r} is no text", f"write {name}='...'")


def _listed(name: str, values: object) -> tuple[object, ...]:
    if isinstance(values, (str, dict)) or not isinstance(values, Iterable):
        raise Unreadable(f"{name}={values!r} is no list", f"write {name}=[...]")
    return tuple(values)


def _texts(name: str, values: object) -> tuple[str, ...]:
    return tuple(_text(name, value) for value in _listed(name, values))


def _finding(workflow: Workflow, one: rules.Broken) -> Finding:
    if not one.job_id:
        return Finding(f"workflow {workflow.workflow_id!r}: {one.message}", where(workflow), one.hint)
    job = workflow.find_job(one.job_id)
    return Finding(f"job {one.job_id!r}: {one.message}", where(job), one.hint)
