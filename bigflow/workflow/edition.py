"""Turns the name of an edition into the defaults that projects written under it count on."""

from typing import TYPE_CHECKING, Literal, NamedTuple

from bigflow.errors import UsageError, nearest
from bigflow.schedule import Schedule
from bigflow.workflow.context import as_moment

if TYPE_CHECKING:
    from bigflow.workflow.workflow import Workflow


class Edition(NamedTuple):
    """Defaults for all that a user did not say."""

    name: str
    depends_on_past: bool
    catchup: bool
    max_active_runs: int
    default_runtime: Literal["now", "last period"]
    dag_start: Literal["now", "commit"]
    default_environment: Literal["of each Config", "deployment_config"]
    versioned_dag_ids: bool  # unless the workflow has a start_date


EDITIONS = {
    edition.name: edition
    for edition in (
        Edition("1.11", True, True, 1, "now", "now", "of each Config", versioned_dag_ids=True),
        Edition("2026", False, False, 1, "last period", "commit", "deployment_config", versioned_dag_ids=False),
    )
}
OLDEST = EDITIONS["1.11"]  # of a project that names none
LATEST = EDITIONS["2026"]


def edition(name: str) -> Edition:
    """The edition of that name."""
    try:
        return EDITIONS[name]
    except KeyError:
        meant = nearest(name, EDITIONS)
        raise UsageError(
            f"there is no edition {name!r}" + (f"; did you mean {meant!r}?" if meant else ""),
            where="pyproject.toml",
            hint=f"known editions: {', '.join(EDITIONS)}",
        ) from None


class Settled(NamedTuple):
    """A workflow's own words where it has some, its edition's defaults elsewhere."""

    schedule: Schedule
    depends_on_past: bool
    catchup: bool
    max_active_runs: int


def settled(workflow: "Workflow", edition: Edition) -> Settled:
    """The values that hold for a workflow in a project of that edition."""
    catchup = _said(workflow.catchup, edition.catchup)
    return Settled(
        schedule=Schedule.parse(
            workflow.schedule_interval,
            timezone=workflow.timezone,
            start_date=None if workflow.start_date is None else as_moment(workflow.start_date),
            catchup=catchup,
        ),
        depends_on_past=_said(workflow.depends_on_past, edition.depends_on_past),
        catchup=catchup,
        max_active_runs=edition.max_active_runs if workflow.max_active_runs is None else workflow.max_active_runs,
    )


def _said(word: bool | None, default: bool) -> bool:
    return default if word is None else word
