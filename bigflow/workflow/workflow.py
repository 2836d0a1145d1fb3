"""Turns jobs, what follows what, and a schedule into a Workflow: the unit that is run, built and deployed."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import TypedDict, Unpack

from bigflow.errors import Finding, InvalidProject, UsageError, nearest
from bigflow.schedule import daily_start_time
from bigflow.workflow import graph
from bigflow.workflow.context import JobContext
from bigflow.workflow.definition import Definition, Part
from bigflow.workflow.jobs import JobLike, JobOptions, execute
from bigflow.workflow.source import constructed_at


class InvalidJobGraph(InvalidProject, ValueError):
    """A workflow that cannot be run: its graph, its ids or its schedule are wrong."""


class UnknownJob(UsageError, ValueError):
    """A job id that the workflow does not have."""


class WorkflowOptions(TypedDict, total=False):
    """What can be said of a workflow beyond 1.11's seven parameters."""

    schedule: str | timedelta | None  # another name of schedule_interval
    start_date: datetime | date | str | None
    catchup: bool | None
    max_active_runs: int | None
    timezone: str | None
    description: str
    tags: Iterable[str]
    owner: str
    params: Mapping[str, object]
    alerts: Iterable[object]
    deadline: timedelta | None
    defaults: JobOptions


class Workflow:
    """Jobs in an order, with a schedule. What is not said stays None until the project's edition is known."""

    start_date: datetime | date | str | None = None
    catchup: bool | None = None
    max_active_runs: int | None = None
    timezone: str | None = None
    description: str = ""
    tags: Iterable[str] = ()
    owner: str = ""
    params: Mapping[str, object] = MappingProxyType({})
    alerts: Iterable[object] = ()
    deadline: timedelta | None = None
    defaults: JobOptions = JobOptions()

    def __init__(
        self,
        workflow_id: str,
        definition: Part,
        schedule_interval: str | timedelta | None = "@daily",
        start_time_factory: Callable[[datetime], datetime] = daily_start_time,
        depends_on_past: bool | None = None,
        secrets: Iterable[str] = (),
        env_variable: str = "env",
        **options: Unpack[WorkflowOptions],
    ) -> None:
        for name in options:
            if name not in WorkflowOptions.__annotations__:
                meant = nearest(name, WorkflowOptions.__annotations__)
                raise TypeError(f"Workflow has no option {name!r}" + (f"; did you mean {meant!r}?" if meant else ""))
        self.workflow_id = workflow_id
        self.definition = Definition.of(definition)
        self.schedule_interval = options.pop("schedule", schedule_interval)
        self.start_time_factory = start_time_factory
        self.depends_on_past = depends_on_past
        self.secrets = (secrets,) if isinstance(secrets, str) else tuple(secrets)
        self.env_variable = env_variable
        for name, value in options.items():
            setattr(self, name, value)
        self.defined_at = constructed_at(self)

    @cached_property
    def graph(self) -> graph.Graph:
        """The jobs by number, with what comes before and after each."""
        return graph.build(self.definition.arrows())

    @cached_property
    def jobs(self) -> tuple[JobLike, ...]:
        """The jobs in the order in which they run one after the other. Only a valid workflow has one."""
        self._refuse_invalid()
        return tuple(self.graph.jobs[number] for number in graph.order(self.graph))  # type: ignore[misc]

    def validate(self) -> list[Finding]:
        """Everything that is wrong with this workflow; an empty list when nothing is."""
        from bigflow.workflow.validation import findings

        return findings(self)

    def find_job(self, job_id: str) -> JobLike:
        """The job of that id."""
        for job in self.graph.jobs:
            if getattr(job, "id", None) == job_id:
                return job  # type: ignore[return-value]
        known = [str(getattr(job, "id", job)) for job in self.graph.jobs]
        meant = nearest(job_id, known)
        raise UnknownJob(
            f"workflow {self.workflow_id!r} has no job {job_id!r}" + (f"; did you mean {meant!r}?" if meant else ""),
            where=self.defined_at,
            hint=f"its jobs: {', '.join(known[:20])}{', ...' if len(known) > 20 else ''}",
        )

    def run(self, runtime: datetime | date | str | None = None) -> None:
        """Execute every job here, one after the other. Without a runtime: the last complete period."""
        context = self._context(runtime)
        for job in self.jobs:
            execute(job, context._replace(job_id=job.id))

    def run_job(self, job_id: str, runtime: datetime | date | str | None = None) -> object:
        """Execute one job here, and return what it returns."""
        return execute(self.find_job(job_id), self._context(runtime)._replace(job_id=job_id))

    def _context(self, runtime: datetime | date | str | None) -> JobContext:
        from bigflow import _ambient
        from bigflow.workflow.edition import LATEST
        from bigflow.workflow.moment import moment, with_end

        when = with_end(moment(self, LATEST, runtime, _ambient.now()), self, LATEST)
        return JobContext.make(runtime=when.runtime, workflow=self)._replace(interval_end=when.interval_end)

    def _refuse_invalid(self) -> None:
        from bigflow.workflow.validation import graph_findings

        if wrong := graph_findings(self):
            raise InvalidJobGraph(wrong)

    def __repr__(self) -> str:
        return f"<Workflow {self.workflow_id}>"
