"""Turns a cron expression into the wall times at which it fires."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

from bigflow.schedule.value import ScheduleError

if TYPE_CHECKING:
    from croniter import croniter

FIELDS = ("minute", "hour", "day of the month", "month", "day of the week")
ONE_DAY = timedelta(days=1)
ONE_MINUTE = timedelta(minutes=1)


# The plainest expressions, once an hour or once a day, are read here: they are most of all schedules, and the library
# takes longer to import than a small job to run.
_EVERY_DAY = re.compile(r"([0-5]?[0-9]) (\*|[01]?[0-9]|2[0-3]) \* \* \*")


class Crontab:
    """The firing times of an expression on a clock that nobody ever moves.

    The cron library is asked only for days: the times of the day are the same on each of them. That is what makes
    a walk over a million hours a matter of seconds.
    """

    def __init__(self, expression: str) -> None:
        self._expression = expression
        if plain := _EVERY_DAY.fullmatch(expression):
            minutes: Sequence[int | str] = [plain[1]]
            hours: Sequence[int | str] = [plain[2]]
            self._day_from: Callable[[date], date] = lambda day: day
            self._day_until: Callable[[date], date] = self._day_from
        else:
            from bigflow._optional import need

            library = need("croniter", "Working out the periods of a schedule").croniter
            minutes, hours = _times_of_day(expression, library)
            self._calendar = library(" ".join(["0 0", *expression.split()[2:]]))
            self._day_from = lru_cache(4)(self._find_day_from)
            self._day_until = lru_cache(4)(self._find_day_until)
        self.every_hour = list(hours) == ["*"]
        self._times = [time(hour, minute) for hour, minute in product(_numbers(hours, 24), _numbers(minutes, 60))]

    def following(self, wall: datetime) -> datetime:
        """The first firing time after `wall`."""
        day = self._day_from(wall.date())
        if day == wall.date():
            later = self._rank(wall.time(), ties=True)
            if later < len(self._times):
                return datetime.combine(day, self._times[later])
            day = self._day_from(day + ONE_DAY)
        return datetime.combine(day, self._times[0])

    def preceding(self, wall: datetime) -> datetime:
        """The last firing time before `wall`."""
        day = self._day_until(wall.date())
        if day == wall.date():
            earlier = self._rank(wall.time(), ties=False)
            if earlier:
                return datetime.combine(day, self._times[earlier - 1])
            day = self._day_until(day - ONE_DAY)
        return datetime.combine(day, self._times[-1])

    def _rank(self, at: time, ties: bool) -> int:
        """How many firing times of a day are before a time, or at it."""
        if len(self._times) > 24:
            from bisect import bisect_left, bisect_right

            return (bisect_right if ties else bisect_left)(self._times, at)
        return sum(fires < at or (ties and fires == at) for fires in self._times)

    def _find_day_from(self, day: date) -> date:
        return self._search(self._calendar.get_next, datetime.combine(day, time()) - ONE_MINUTE)

    def _find_day_until(self, day: date) -> date:
        return self._search(self._calendar.get_prev, datetime.combine(day, time()) + ONE_MINUTE)

    def _search(self, step: Callable[..., datetime], start: datetime) -> date:
        try:
            return step(datetime, start_time=start).date()
        except ValueError:
            raise ScheduleError(
                f"the schedule {self._expression!r} never runs",
                hint="no year has such a day; look at its day of the month and at its month",
            ) from None


def _times_of_day(expression: str, library: "type[croniter]") -> tuple[Sequence[int | str], Sequence[int | str]]:
    _refuse_unportable(expression)
    try:
        minutes, hours, *_ = library.expand(expression)[0]
    except ValueError:
        raise ScheduleError(
            f"Airflow would refuse the schedule {expression!r}" + _blame(expression, library.is_valid),
            hint="the fields are: minute hour day month weekday, as in '30 3 * * MON-FRI'",
        ) from None
    return minutes, hours


def _numbers(values: Sequence[int | str], size: int) -> Iterable[int]:
    """What the library means by the values of an hour or minute field: all of them, where a `*` is among them."""
    return range(size) if "*" in values else (int(value) for value in values)


def _refuse_unportable(expression: str) -> None:
    fields = expression.upper().split()
    if any(field.startswith("R") for field in fields):
        raise ScheduleError(
            f"the schedule {expression!r} is drawn anew each time it is read, because of its 'R'",
            hint="write the minute or the hour that you want",
        )
    if "W" in fields[2]:
        raise ScheduleError(
            f"the schedule {expression!r} asks for the nearest weekday ('W'), which not every Airflow knows",
            hint="name weekdays instead, as in '0 3 * * MON#1' for the first Monday",
        )


def _blame(expression: str, is_valid: Callable[[str], bool]) -> str:
    """Which field it is, as far as one alone can be blamed."""
    for position, (name, field) in enumerate(zip(FIELDS, expression.split(), strict=True)):
        alone = ["*"] * len(FIELDS)
        alone[position] = field
        if not is_valid(" ".join(alone)):
            return f": its {name} cannot be {field!r}"
    return ""
