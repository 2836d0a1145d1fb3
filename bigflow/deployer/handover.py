"""Turns two DAGs of one workflow, the old and the new, into a cut: the last period of one, the first of the other."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bigflow.dags.binding import Bindings, bind
from bigflow.dags.render import render
from bigflow.dags.spec import DagSpec
from bigflow.deployer.forecast import schedule_of
from bigflow.deployer.release import Deployed
from bigflow.schedule import Schedule
from bigflow.schedule.periods import period_at, periods

MARGIN = timedelta(minutes=15)  # in which every scheduler has read the new files
DONE_AFTER = timedelta(days=1)  # from the end of the last period: until then its run may still be going on
_FAR = timedelta(days=366 * 8)


@dataclass(frozen=True, slots=True)
class Cut:
    """Where the one ends and the other begins: starts of periods. No `last`: the old one has nothing more to do."""

    last: datetime | None
    first: datetime


def deployed(spec: DagSpec, bindings: Bindings) -> Deployed:
    """The DAG with the text of its file."""
    return Deployed(spec, bindings, render(bind(spec, bindings)))


def ended(dag: Deployed, last: datetime) -> Deployed:
    """The same DAG, rendered again, with its last period."""
    return deployed(dag.spec, replace(dag.bindings, last=last))


def cut_between(old: Deployed, new: DagSpec, now: datetime) -> Cut | None:
    """The cut; None where time does not decide when they run, so that there is nothing to hand over."""
    before, after = _schedule(old), schedule_of(new.timetable, new.start_date, catchup=new.catchup)
    if {before.kind, after.kind} - {"cron", "delta"}:
        return None
    assert before.start_date is not None and after.start_date is not None
    boundary = _period_from(before, max(now + MARGIN, before.start_date))
    last = _period_before(before, boundary)
    anchored = after.kind == "delta" and after.catchup  # then its periods are counted from its own first one
    first = max(boundary, after.start_date) if anchored else _period_from(after, boundary)
    return Cut(last if last >= before.start_date else None, first)


def is_done(dag: Deployed, now: datetime) -> bool:
    """Whether a DAG that ends has had its last run."""
    if dag.ends is None:
        return False
    last = period_at(_schedule(dag), dag.ends)
    return last is not None and now >= last.end + DONE_AFTER


def _schedule(dag: Deployed) -> Schedule:
    spec = bind(dag.spec, dag.bindings).spec
    return schedule_of(spec.timetable, spec.start_date, catchup=spec.catchup)


def _period_from(schedule: Schedule, moment: datetime) -> datetime:
    """The start of the first period that starts then or later."""
    assert schedule.start_date is not None
    begin = max(moment, schedule.start_date)
    return next(periods(schedule, begin, begin + _FAR)).start


def _period_before(schedule: Schedule, boundary: datetime) -> datetime:
    """The start of the period that ends at the boundary."""
    if schedule.delta is not None:
        return boundary - schedule.delta
    before = period_at(schedule, boundary - timedelta(microseconds=1))
    assert before is not None
    return before.start
