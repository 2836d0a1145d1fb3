"""Turns a wish for a runtime, or none, into the moment that an execution is for."""

from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from bigflow.workflow.context import as_moment, in_zone_of
from bigflow.workflow.edition import Edition, settled

if TYPE_CHECKING:
    from bigflow.workflow.workflow import Workflow


class Moment(NamedTuple):
    """The runtime, and where the period that begins with it ends, if one does."""

    runtime: datetime
    interval_end: datetime | None
    chosen: bool  # by us, not by the user


def moment(workflow: "Workflow", edition: Edition, wish: datetime | date | str | None, now: datetime) -> Moment:
    """What `-r`, or its absence, means for this workflow under this edition."""
    if wish is not None:
        return Moment(in_zone_of(as_moment(wish), workflow.timezone), None, chosen=False)
    if edition.default_runtime == "last period":
        from bigflow.schedule.periods import last_complete

        if period := last_complete(settled(workflow, edition).schedule, now):
            return Moment(
                in_zone_of(period.start, workflow.timezone), in_zone_of(period.end, workflow.timezone), chosen=True
            )
    return Moment(in_zone_of(now.replace(microsecond=0), workflow.timezone), None, chosen=True)


def with_end(when: Moment, workflow: "Workflow", edition: Edition) -> Moment:
    """The same, with the end of its period also where the user chose the runtime.

    Not for pods: working it out may take the cron library.
    """
    from bigflow.schedule.periods import period_at

    if when.interval_end is not None:
        return when
    period = period_at(settled(workflow, edition).schedule, when.runtime)
    return when._replace(interval_end=in_zone_of(period.end, workflow.timezone)) if period and not when.chosen else when
