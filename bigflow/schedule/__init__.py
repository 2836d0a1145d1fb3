"""Turns what a workflow says about time into values; the arithmetic on them waits in `bigflow.schedule.periods`."""

from bigflow.schedule.value import Period, Schedule, ScheduleError, daily_start_time, hourly_start_time, zone

__all__ = ["Period", "Schedule", "ScheduleError", "daily_start_time", "hourly_start_time", "zone"]
