"""Turns a cron expression, a preset or a timedelta into a Schedule: the value that every other room reads."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal, NamedTuple

from bigflow.errors import UsageError, nearest

PRESETS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
EXAMPLES = "'@daily', '30 3 * * MON-FRI' (minute hour day month weekday), timedelta(hours=6), '@once' or None"


FIRST_YEAR, LAST_YEAR = 1000, 9000  # far enough from the ends of the calendar for whatever is added to a moment
LONGEST = timedelta(days=36_525)


class ScheduleError(UsageError, ValueError):
    """A schedule that Airflow would refuse, or that would never run."""


class Period(NamedTuple):
    """A stretch of time whose data one run processes; both ends aware, in UTC."""

    start: datetime
    end: datetime


class Schedule(NamedTuple):
    """When a workflow runs. Making one needs no cron library: `periods.check` asks that one about the expression."""

    kind: Literal["cron", "delta", "once", "none"]
    expression: str = ""  # five fields, if kind is "cron"
    delta: timedelta | None = None  # positive, if kind is "delta"
    timezone: str | None = None
    start_date: datetime | None = None  # aware, in UTC
    catchup: bool = False

    @classmethod
    def parse(
        cls,
        spec: str | timedelta | None,
        *,
        timezone: str | None = None,
        start_date: date | None = None,
        catchup: bool = False,
    ) -> "Schedule":
        """The schedule that a user wrote."""
        kind: Literal["cron", "delta", "once", "none"]
        expression, delta = "", None
        if spec is None:
            kind = "none"
        elif isinstance(spec, timedelta):
            kind, delta = "delta", _positive(spec)
        elif isinstance(spec, str) and spec.strip().lower() == "@once":
            kind = "once"
        else:
            kind, expression = "cron", _five_fields(spec)
        if timezone is not None:
            zone(timezone)
        schedule = cls(kind, expression, delta, timezone, None, catchup)
        return schedule if start_date is None else schedule._replace(start_date=_start(schedule, start_date))

    def instant(self, moment: datetime) -> datetime:
        """The moment in UTC; a naive one is wall time of the schedule's time zone."""
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise ScheduleError(
                f"{moment} is out of reach", hint=f"schedules know the years {FIRST_YEAR} to {LAST_YEAR}"
            )
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
        return wall_to_utc(moment, zone(self.timezone) if self.timezone else UTC)

    def runtime(self, period: Period) -> datetime:
        """What a job is told: the start of its period, aware in the schedule's time zone or else naive UTC."""
        if self.timezone is None:
            return period.start.astimezone(UTC).replace(tzinfo=None)
        return period.start.astimezone(zone(self.timezone))


def daily_start_time(moment: datetime) -> datetime:
    """Midnight of the day before: a daily workflow then processes yesterday first."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(hours=24)


def hourly_start_time(moment: datetime) -> datetime:
    """The moment minus this machine's offset from UTC: local wall time told as UTC."""
    return moment - (moment.astimezone().utcoffset() or timedelta())


def zone(name: str) -> tzinfo:
    """The time zone of that IANA name."""
    from zoneinfo import ZoneInfo  # late: workflows without a time zone do not pay for it

    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError, TypeError, AttributeError):
        raise ScheduleError(f"there is no time zone {name!r}", hint=_zone_hint(name)) from None


def wall_to_utc(wall: datetime, here: tzinfo) -> datetime:
    """The moment at which clocks show `wall`.

    Where clocks show it twice, the second time; where they skip it, as if they had not been moved yet. Airflow does so.
    """
    offsets = (here.utcoffset(wall.replace(fold=fold)) or timedelta() for fold in (0, 1))
    return (wall - min(offsets)).replace(tzinfo=UTC, fold=0)


def _zone_hint(name: object) -> str:
    from zoneinfo import available_timezones

    known = available_timezones()
    if not known:
        return "this machine has no time zone database; add tzdata to resources/requirements.in"
    meant = nearest(name, known) if isinstance(name, str) else ""
    return f"did you mean {meant!r}?" if meant else "write an IANA name, such as 'Europe/Warsaw' or 'UTC'"


def _five_fields(spec: object) -> str:
    if not isinstance(spec, str):
        raise ScheduleError(f"{spec!r} cannot be a schedule", hint=f"write {EXAMPLES}")
    fields = spec.split()
    if spec.lstrip().startswith("@"):
        return _preset(spec.strip())
    if len(fields) in (6, 7):
        raise ScheduleError(
            f"schedule {spec!r} has {len(fields)} fields; a cron expression has five",
            hint="leave out the seconds and the year: Airflow reads them in other places than other schedulers do",
        )
    if len(fields) != 5:
        raise ScheduleError(f"schedule {spec!r} is not a cron expression of five fields", hint=f"write {EXAMPLES}")
    return " ".join(fields)


def _preset(name: str) -> str:
    try:
        return PRESETS[name.lower()]
    except KeyError:
        meant = nearest(name.lower(), [*PRESETS, "@once"])
        hint = f"did you mean {meant!r}?" if meant else f"presets: {', '.join([*PRESETS, '@once'])}"
        raise ScheduleError(f"there is no schedule {name!r}", hint=hint) from None


def _positive(delta: timedelta) -> timedelta:
    if not timedelta() < delta <= LONGEST:
        raise ScheduleError(f"schedule {delta!r} is not a step forward in time", hint="write timedelta(hours=6), say")
    return delta


def _start(schedule: Schedule, start: object) -> datetime:
    if isinstance(start, date) and not isinstance(start, datetime):
        start = datetime.combine(start, time())
    if not isinstance(start, datetime):
        raise ScheduleError(f"start_date {start!r} is not a datetime", hint="write start_date=datetime(2026, 1, 1)")
    return schedule.instant(start)
