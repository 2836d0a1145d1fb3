"""Turns the moment for which DAGs are built into the moment from which Airflow shall run them."""

from datetime import datetime, timedelta


def daily_start_time(moment: datetime) -> datetime:
    """Midnight of the day before: a daily workflow then processes yesterday first."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(hours=24)


def hourly_start_time(moment: datetime) -> datetime:
    """The moment minus this machine's offset from UTC: local wall time told as UTC."""
    return moment - (moment.astimezone().utcoffset() or timedelta())
