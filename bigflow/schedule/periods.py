"""Turns a schedule and moments into the periods that Airflow's data interval timetables would make runs for."""

from collections.abc import Iterator
from datetime import datetime

from bigflow.schedule.grid import Grid, grid_of
from bigflow.schedule.value import Period, Schedule, ScheduleError

_SOME_MOMENT = datetime(2000, 1, 1)


def check(schedule: Schedule) -> None:
    """Raise ScheduleError for an expression that Airflow would refuse, or that would never run."""
    if grid := grid_of(schedule):
        grid.following(schedule.instant(_SOME_MOMENT))


def periods(schedule: Schedule, earliest: datetime, latest: datetime) -> Iterator[Period]:
    """The periods that start between the two moments, and not before the schedule's start date.

    `@once` has one period, of no length, at its start date; None has none.
    """
    first, last = schedule.instant(earliest), schedule.instant(latest)
    if schedule.start_date is not None:
        first = max(first, schedule.start_date)
    if grid := grid_of(schedule):
        return _walk(grid, grid.ceiling(first), last)
    once = _once(schedule)
    return iter([once] if once and first <= once.start <= last else [])


def next_period(schedule: Schedule, after: Period) -> Period | None:
    """The period that follows `after`; None where the schedule has no next one."""
    grid = grid_of(schedule)
    if grid is None:
        return None
    first = after.start if schedule.start_date is None else grid.ceiling(schedule.start_date)
    return _next(grid, first, after)


def last_complete(schedule: Schedule, moment: datetime) -> Period | None:
    """The last period that has ended at `moment`: what a run that is started by hand processes.

    As in Airflow, that of a timedelta ends at `moment` itself. That of `@once` is complete from the start date on.
    """
    now = schedule.instant(moment)
    if grid := grid_of(schedule):
        end = grid.floor(now)
        return Period(grid.preceding(end), end)
    once = _once(schedule)
    return once if once and once.end <= now else None


def period_at(schedule: Schedule, moment: datetime) -> Period | None:
    """The period that `moment` lies in; it begins with it if it lies on the grid, and always for a timedelta."""
    grid = grid_of(schedule)
    if grid is None:
        return None
    now = schedule.instant(moment)
    return Period(grid.floor(now), grid.following(now))


def _once(schedule: Schedule) -> Period | None:
    if schedule.kind != "once" or schedule.start_date is None:
        return None
    return Period(schedule.start_date, schedule.start_date)


def _walk(grid: Grid, first: datetime, last: datetime) -> Iterator[Period]:
    period = Period(first, grid.following(first))
    while period.start <= last:
        yield period
        period = _next(grid, first, period)


def _next(grid: Grid, first: datetime, after: Period) -> Period:
    start = max(grid.floor(after.end), first)
    if start <= after.start:
        start = grid.following(start)
    if start <= after.start:
        raise ScheduleError(
            f"Airflow would never get past the period that starts at {after.start}: clocks are moved near it",
            hint="take timezone='UTC' for an expression of every hour",
        )
    return Period(start, grid.following(start))
