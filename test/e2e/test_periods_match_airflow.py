"""1,000 random schedules, most of them near clock changes: our periods are those of real Airflow installations."""

import json
import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version as installed
from itertools import dropwhile, islice
from pathlib import Path
from random import Random

import pytest
from support import schedules
from support.airflow import airflow_home, airflow_python

from bigflow.schedule import Period, Schedule, ScheduleError
from bigflow.schedule.periods import check, last_complete, next_period, periods

SEED = int(os.environ.get("BIGFLOW_TEST_SEED", "20261120"))
CASES = 1_000
BAD_EXPRESSIONS = 1_000
LIMIT = 16  # periods a case
OTHER_SIDE = Path(schedules.__file__).with_name("airflow_timetables.py")
VERSIONS = ("2.11.2", "3.3.2")
STUCK: list[str] = []  # what both sides answer after the last period that Airflow gets past
UNKNOWN = ["?"]  # what Airflow answers where its clock arithmetic fails


@dataclass(frozen=True)
class Case:
    schedule: Schedule
    latest: datetime
    now: datetime
    moments: tuple[datetime, ...]

    def question(self) -> dict[str, object]:
        schedule = self.schedule
        assert schedule.start_date is not None
        return {
            "cron": schedule.expression or None,
            "delta_sec": schedule.delta and int(schedule.delta.total_seconds()),
            "timezone": schedule.timezone,
            "catchup": schedule.catchup,
            "earliest": schedule.start_date.isoformat(),
            "latest": self.latest.isoformat(),
            "now": self.now.isoformat(),
            "limit": LIMIT,
            "moments": [moment.isoformat() for moment in self.moments],
        }

    def answer(self) -> dict[str, list[list[str]]]:
        return {
            "periods": list(islice(self._periods(), LIMIT)),
            "last_complete": [_pair(last_complete(self.schedule, moment)) for moment in self.moments],
        }

    def _periods(self) -> Iterator[list[str]]:
        try:
            for period in self._from_catchup() if self.schedule.catchup else self._from_now():
                yield _pair(period)
        except ScheduleError:
            yield STUCK

    def _from_catchup(self) -> Iterator[Period]:
        assert self.schedule.start_date is not None
        return periods(self.schedule, self.schedule.start_date, self.latest)

    def _from_now(self) -> Iterator[Period]:
        """A scheduler without catchup begins with the last period that is complete when it is switched on."""
        step = self.schedule.delta
        begin = self.now - 2 * step if step else last_complete(self.schedule, self.now).start
        found = periods(self.schedule, begin, self.latest)
        return dropwhile(lambda period: next_period(self.schedule, period).end <= self.now, found)


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    random = Random(SEED)
    found: list[Case] = []
    while len(found) < CASES:
        schedule = _schedule(random)
        if schedule is not None:
            found.append(_case(random, schedule))
    return found


@pytest.fixture(scope="module")
def expressions() -> list[str]:
    random = Random(SEED + 1)
    return [schedules.bad_cron(random) for _ in range(BAD_EXPRESSIONS)]


@pytest.fixture(scope="module")
def airflows(cases, expressions, tmp_path_factory) -> dict[str, dict[str, list]]:
    """What each Airflow answers; they are asked at the same time."""
    # The same cron library on both sides: what differs is then ours.
    pythons = {version: airflow_python(version, f"croniter=={installed('croniter')}") for version in VERSIONS}
    questions = json.dumps({"schedules": [case.question() for case in cases], "expressions": expressions})
    homes = {version: tmp_path_factory.mktemp("airflow") for version in VERSIONS}

    def ask(version: str) -> dict[str, list]:
        command = [pythons[version], "-P", OTHER_SIDE]
        env = airflow_home(homes[version])
        done = subprocess.run(command, input=questions, capture_output=True, text=True, env=env, timeout=300)
        assert done.returncode == 0, done.stderr[-3_000:]
        return json.loads(done.stdout)

    with ThreadPoolExecutor() as pool:
        return dict(zip(VERSIONS, pool.map(ask, VERSIONS), strict=True))


@pytest.mark.parametrize("version", VERSIONS)
def test_periods_and_the_last_complete_one_are_airflows(cases, airflows, version):
    wrong, cut = [], 0
    for case, theirs in zip(cases, airflows[version]["schedules"], strict=True):
        ours = case.answer()
        end = _where_airflow_ends(theirs["periods"], version)
        cut += end < len(theirs["periods"])
        theirs["periods"][end:] = ours["periods"][end:]
        if ours != theirs:
            wrong.append(f"{case}\n  ours   {ours}\n  theirs {theirs}")
    assert not wrong, f"seed {SEED}: {len(wrong)} of {len(cases)} differ, among them\n" + "\n".join(wrong[:3])
    assert cut < CASES / 20, f"seed {SEED}: Airflow {version} left {cut} of {len(cases)} cases half answered"


@pytest.mark.parametrize("version", VERSIONS)
def test_what_airflow_refuses_is_refused(expressions, airflows, version):
    wrong = []
    for expression, theirs in zip(expressions, airflows[version]["accepted"], strict=True):
        # Six and seven fields are the exception: Airflow takes them, and we do not (decision record 0002).
        ours = _is_accepted(expression)
        if ours != (theirs and len(expression.split()) == 5):
            wrong.append(f"{expression!r}: we {'accept' if ours else 'refuse'} it")
    assert not wrong, f"seed {SEED}: {len(wrong)} of {len(expressions)} differ: {wrong[:10]}"
    assert 50 < sum(airflows[version]["accepted"]) < BAD_EXPRESSIONS - 50, "the expressions prove nothing"


def test_the_cases_reach_what_they_are_meant_to(cases):
    zones = {case.schedule.timezone for case in cases}
    hourly_through_a_change = sum(
        case.schedule.expression == "0 * * * *" and case.schedule.timezone != "UTC" for case in cases
    )
    assert zones == set(schedules.ZONES)
    assert {(case.schedule.kind, case.schedule.catchup) for case in cases} == {
        (kind, catchup) for kind in ("cron", "delta") for catchup in (True, False)
    }
    assert hourly_through_a_change >= 5
    assert sum("L" in case.schedule.expression or "#" in case.schedule.expression for case in cases) >= 50


def _where_airflow_ends(periods: list[list[str]], version: str) -> int:
    """The number of periods that can be compared.

    Airflow 3 gets past some places at which Airflow 2 repeats a period for ever; we do as Airflow 3 does.
    """
    final = periods[-1] if periods else None
    return len(periods) - (final == UNKNOWN or (final == STUCK and version.startswith("2.")))


def _schedule(random: Random) -> Schedule | None:
    """A schedule that can run; the others are the business of the expressions."""
    zone = random.choice(schedules.ZONES)
    start = schedules.moment(random, zone)
    if random.random() < 0.5:
        start = start.replace(second=0)
    spec = schedules.delta(random) if random.random() < 0.15 else schedules.cron(random)
    schedule = Schedule.parse(spec, timezone=zone, start_date=start, catchup=random.random() < 0.6)
    if _loses_its_way(schedule):
        schedule = schedule._replace(catchup=True)
    try:
        check(schedule)
    except ScheduleError:
        return None
    return schedule


def _loses_its_way(schedule: Schedule) -> bool:
    """Where Airflow's every-hour rule is off after a clock change, it begins at one moment or another."""
    _, hour, *days = schedule.expression.split() or ("", "", "")
    every_hour = hour in ("*", "0-23", "*/1")
    return every_hour and (
        schedule.timezone == "Australia/Lord_Howe" or (days != ["*"] * 3 and schedule.timezone != "UTC")
    )


def _case(random: Random, schedule: Schedule) -> Case:
    assert schedule.start_date is not None
    now = schedule.start_date
    if not schedule.catchup:
        # Long after the start: see the exception for future start dates in docs/explanation/schedules.md.
        since = 3 * schedule.delta if schedule.delta else timedelta(days=3 * 366)
        schedule = schedule._replace(start_date=now - since)
    near = [now + timedelta(minutes=random.randrange(-3_000, 3_000)) for _ in range(3)]
    latest = now + timedelta(days=random.choice((1, 40, 3_000)))
    return Case(schedule, latest, now, (now, *near, _on_the_grid(schedule, now)))


def _on_the_grid(schedule: Schedule, moment: datetime) -> datetime:
    return last_complete(schedule, moment).end


def _pair(period: Period | None) -> list[str]:
    assert period is not None
    assert period.start.tzinfo is UTC
    return [period.start.isoformat(), period.end.isoformat()]


def _is_accepted(expression: str) -> bool:
    try:
        check(Schedule.parse(expression))
    except ScheduleError:
        return False
    return True
