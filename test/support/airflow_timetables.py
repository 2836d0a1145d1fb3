"""Turns questions about schedules (JSON on stdin) into the answers of the Airflow that runs this file (JSON on stdout).

It is run by the interpreter of an Airflow environment (with -P: its neighbour here is called airflow, too), knows
nothing of bigflow, and asks Airflow's own timetables.
"""

import json
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module
from itertools import islice
from typing import TypedDict


class Question(TypedDict):
    """A schedule, and what is asked about it; moments are ISO texts in UTC."""

    cron: str | None
    delta_sec: int | None
    timezone: str
    catchup: bool
    earliest: str
    latest: str
    now: str  # when the scheduler is switched on; it matters without catchup only
    limit: int
    moments: list[str]


class Answer(TypedDict):
    """Periods as pairs of ISO texts in UTC."""

    periods: list[list[str]]
    last_complete: list[list[str]]


interval = import_module("airflow.timetables.interval")
timetables = import_module("airflow.timetables.base")
pendulum = import_module("pendulum")


def main() -> None:
    asked = json.load(sys.stdin)
    answers = {
        "schedules": [answer(question) for question in asked["schedules"]],
        "accepted": [is_accepted(expression) for expression in asked["expressions"]],
    }
    json.dump(answers, sys.stdout)


def answer(question: Question) -> Answer:
    if question["cron"] is not None:
        timetable = interval.CronDataIntervalTimetable(question["cron"], timezone=question["timezone"])
    else:
        timetable = interval.DeltaDataIntervalTimetable(timedelta(seconds=question["delta_sec"] or 0))
    now = moment(question["now"])
    interval.utcnow = lambda: now  # type: ignore[attr-defined]  # the timetables' clock
    restriction = timetables.TimeRestriction(
        earliest=moment(question["earliest"]), latest=moment(question["latest"]), catchup=question["catchup"]
    )
    return {
        "periods": list(islice(scheduled(timetable, restriction), question["limit"])),
        "last_complete": [
            pair(timetable.infer_manual_data_interval(run_after=moment(text))) for text in question["moments"]
        ],
    }


def scheduled(timetable: object, restriction: object) -> Iterator[list[str]]:
    """What a scheduler that begins now, or a backfill, would run in this order.

    `[]` stands where Airflow gets stuck, and `["?"]` where its clock arithmetic fails at this moment, not for ever.
    """
    last = None
    while True:
        try:
            info = timetable.next_dagrun_info(  # type: ignore[attr-defined]
                last_automated_data_interval=last, restriction=restriction
            )
        except ValueError:
            yield []  # Airflow 3 noticed
            return
        except AssertionError:
            yield ["?"]
            return
        if info is None:
            return
        if last is not None and info.data_interval.start <= last.start:
            yield []  # Airflow 2 would go on like this for ever
            return
        last = info.data_interval
        yield pair(last)


def is_accepted(expression: str) -> bool:
    """Whether a DAG with this schedule would be loaded and could be run once."""
    try:
        timetable = interval.CronDataIntervalTimetable(expression, timezone="UTC")
        timetable.validate()
        timetable.infer_manual_data_interval(run_after=moment("2026-11-20T12:34:00+00:00"))
    except Exception:
        return False
    return True


def moment(text: str) -> object:
    return pendulum.instance(datetime.fromisoformat(text))


def pair(period: object) -> list[str]:
    return [period.start.isoformat(), period.end.isoformat()]  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
