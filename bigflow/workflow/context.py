"""Turns a moment and a workflow into the context that each execution of a job receives."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Optional

from bigflow import _ambient
from bigflow.errors import UsageError

if TYPE_CHECKING:
    from bigflow.workflow.workflow import Workflow

NOTHING: Mapping[str, object] = MappingProxyType({})
NO_LABELS: Mapping[str, str] = MappingProxyType({})


class InvalidRuntime(UsageError, ValueError):
    """A runtime that is no moment."""


class JobContext(NamedTuple):
    """What a job is told about the execution that it is part of."""

    runtime: datetime
    runtime_str: str
    workflow: Optional["Workflow"]
    workflow_id: str | None
    env: str | None
    job_id: str = ""
    attempt: int = 1
    run_id: str = ""
    interval_end: datetime | None = None
    params: Mapping[str, object] = NOTHING
    labels: Mapping[str, str] = NO_LABELS

    @classmethod
    def make(
        cls,
        *,
        runtime: date | str | None = None,
        runtime_str: str | None = None,
        workflow: "Workflow | None" = None,
        workflow_id: str | None = None,
        env: str | None = None,
    ) -> "JobContext":
        """A context from as little as nothing: the runtime is then this moment, the environment `bf_env`."""
        moment = as_moment(runtime if runtime is not None else runtime_str or _ambient.now())
        moment = in_zone_of(moment, workflow.timezone if workflow is not None else None)
        return cls(
            runtime=moment,
            runtime_str=runtime_str or spelled(moment),
            workflow=workflow,
            workflow_id=workflow_id or (workflow.workflow_id if workflow is not None else None),
            env=env or _ambient.environment_name(),
            params=workflow.params if workflow is not None else NOTHING,
        )


def as_moment(value: object) -> datetime:
    """A datetime from a datetime, a date, or text such as `2026-11-19`, `2026-11-19 03:00:00` or with an offset."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    try:
        return datetime.fromisoformat(value.strip())  # type: ignore[attr-defined]
    except (AttributeError, ValueError):
        raise InvalidRuntime(
            f"runtime {value!r} is not a moment in time",
            hint="write it as 2026-11-19, '2026-11-19 03:00:00' or 2026-11-19T03:00:00+01:00",
        ) from None


def in_zone_of(moment: datetime, timezone: str | None) -> datetime:
    """The moment as a workflow's runtimes are: naive UTC without a time zone, aware in the zone with one."""
    if timezone is None:
        return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    from bigflow.schedule.value import wall_to_utc, zone

    here = zone(timezone)
    return (wall_to_utc(moment, here) if moment.tzinfo is None else moment).astimezone(here)


def spelled(moment: datetime) -> str:
    """The runtime as text: to the second, with the offset when the moment has one."""
    return moment.isoformat(" ", "seconds")
