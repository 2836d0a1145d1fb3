"""Turns what a workflow says about time into values; the arithmetic on them waits in `bigflow.schedule.periods`."""

from bigflow.schedule.start_time import daily_start_time, hourly_start_time
from bigflow.schedule.value import Period, Schedule, ScheduleError, zone

__all__ = ["Period", "Schedule", "ScheduleError", "daily_start_time", "hourly_start_time", "zone"]
