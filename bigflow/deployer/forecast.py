"""Turns a DAG and a moment into what Airflow will do with it: the next run, and how many runs at once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice

from bigflow.dags.binding import bind
from bigflow.dags.spec import Timetable
from bigflow.deployer.release import Deployed
from bigflow.schedule import Period, Schedule
from bigflow.schedule.periods import last_complete, period_at, periods

MOST = 10_000  # runs that are counted


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is to come. `period` is that of the next run, which begins when it ends; None where no time decides."""

    schedule: str
    period: Period | None
    at_once: bool  # the period has ended already: Airflow begins as soon as it sees the DAG
    catchup: int  # runs for periods that have passed, the first one among them
    paused: bool


def forecast(dag: Deployed, known: bool, now: datetime) -> Forecast:
    """What Airflow will do. `known`: it has this DAG already, under this id, and is up to date with it."""
    spec = bind(dag.spec, dag.bindings).spec
    schedule = schedule_of(spec.timetable, spec.start_date, catchup=spec.catchup)
    words = told(spec.timetable)
    paused = dag.bindings.paused and not known
    if schedule.kind not in ("cron", "delta"):
        return Forecast(words, None, at_once=schedule.kind == "once" and not known, catchup=0, paused=paused)
    past, period = _ahead(schedule, known, now)
    if dag.ends is not None and (period is None or period.start > dag.ends):
        return Forecast(words, None, at_once=False, catchup=0, paused=paused)
    at_once = period is not None and period.end <= now
    return Forecast(words, period, at_once, past, paused)


def schedule_of(timetable: Timetable, start: datetime, *, catchup: bool = False) -> Schedule:
    """The same as the schedule library has it."""
    delta = timedelta(seconds=timetable.seconds) if timetable.kind == "delta" else None
    zone = None if timetable.timezone == "UTC" else timetable.timezone
    return Schedule(timetable.kind, timetable.cron, delta, zone, start, catchup)


def told(timetable: Timetable) -> str:
    """A schedule in words."""
    if timetable.kind == "cron":
        return f"{timetable.cron} {timetable.timezone}"
    if timetable.kind == "delta":
        return f"every {timedelta(seconds=timetable.seconds)}"
    return "once" if timetable.kind == "once" else "no schedule"


@lru_cache(1024)
def _ahead(schedule: Schedule, known: bool, now: datetime) -> tuple[int, Period | None]:
    """How many periods Airflow would catch up with, and the next one. Many DAGs have the same schedule."""
    return _past(schedule, now) if schedule.catchup and not known else 0, _next(schedule, now, known)


def _past(schedule: Schedule, now: datetime) -> int:
    """How many periods have ended, as far as they are counted."""
    assert schedule.start_date is not None
    if schedule.start_date > now:
        return 0
    found = periods(schedule, schedule.start_date, now)
    return sum(1 for period in islice(found, MOST + 1) if period.end <= now)


def _next(schedule: Schedule, now: datetime, known: bool) -> Period | None:
    """The period of the run that comes first. A DAG that Airflow knows has had all that have ended."""
    assert schedule.start_date is not None
    if schedule.start_date >= now or (schedule.catchup and not known):
        return next(periods(schedule, schedule.start_date, schedule.start_date + _FAR), None)
    latest = last_complete(schedule, now)
    if not known and latest is not None and latest.start >= schedule.start_date:
        return latest
    there = period_at(schedule, now)
    if there is not None and there.start >= schedule.start_date:
        return there
    return next(periods(schedule, schedule.start_date, schedule.start_date + _FAR), None)


_FAR = timedelta(days=366 * 8)  # between two 29ths of February
