"""Turns a schedule into the moments at which its periods begin, as Airflow's data interval timetables have it."""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Protocol

from bigflow.schedule.crontab import Crontab
from bigflow.schedule.value import Schedule, wall_to_utc, zone

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Grid(Protocol):
    """Moments in UTC. Those that come in need not lie on the grid, those that go out do as far as Airflow's do."""

    def following(self, moment: datetime) -> datetime: ...
    def preceding(self, moment: datetime) -> datetime: ...
    def ceiling(self, moment: datetime) -> datetime: ...
    def floor(self, moment: datetime) -> datetime: ...


class CronGrid:
    """The firing times of a crontab on the clocks of a place."""

    def __init__(self, crontab: Crontab, here: tzinfo) -> None:
        self._crontab = crontab
        self._here = here

    def following(self, moment: datetime) -> datetime:
        wall = self._wall(moment)
        fires = self._crontab.following(wall)
        return self._utc(moment, fires - wall, fires)

    def preceding(self, moment: datetime) -> datetime:
        wall = self._wall(moment)
        fires = self._crontab.preceding(wall)
        return self._utc(moment, fires - wall, fires)

    def ceiling(self, moment: datetime) -> datetime:
        following = self.following(moment)
        return moment if self.preceding(following) == moment else following

    def floor(self, moment: datetime) -> datetime:
        preceding = self.preceding(moment)
        return moment if self.following(preceding) == moment else preceding

    def _wall(self, moment: datetime) -> datetime:
        return moment.astimezone(self._here).replace(tzinfo=None)

    def _utc(self, moment: datetime, step: timedelta, fires: datetime) -> datetime:
        # What runs in every hour shall also run in an hour that clocks show twice: it walks by elapsed time.
        return moment + step if self._crontab.every_hour else wall_to_utc(fires, self._here)


class DeltaGrid:
    """Every `delta`, counted from an anchor; as in Airflow, only the first moment of a walk is moved onto the grid."""

    def __init__(self, delta: timedelta, anchor: datetime | None) -> None:
        self._delta = delta
        self._anchor = anchor

    def following(self, moment: datetime) -> datetime:
        return moment + self._delta

    def preceding(self, moment: datetime) -> datetime:
        return moment - self._delta

    def ceiling(self, moment: datetime) -> datetime:
        return moment if self._anchor is None else moment + (self._anchor - moment) % self._delta

    def floor(self, moment: datetime) -> datetime:
        return moment


def grid_of(schedule: Schedule) -> Grid | None:
    """The schedule's grid; `@once` and None have none."""
    if schedule.kind == "cron":
        return _cron_grid(schedule.expression, schedule.timezone)
    if schedule.delta is not None:
        return DeltaGrid(schedule.delta, schedule.start_date if schedule.catchup else EPOCH)
    return None


@lru_cache(32)
def _cron_grid(expression: str, timezone: str | None) -> CronGrid:
    return CronGrid(Crontab(expression), zone(timezone) if timezone else UTC)
