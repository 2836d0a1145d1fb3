"""Periods that one can check with a calendar and a watch."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.schedule import Period, Schedule, ScheduleError
from bigflow.schedule.periods import check, last_complete, next_period, period_at, periods

WARSAW = "Europe/Warsaw"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def starts(schedule: Schedule, earliest: str, latest: str) -> list[str]:
    return [f"{period.start:%d %H:%M}" for period in periods(schedule, utc(earliest), utc(latest))]


def local(schedule: Schedule, earliest: str, latest: str) -> list[str]:
    """Runtimes of the range, as jobs in the zone see them."""
    return [f"{schedule.runtime(period):%d %H:%M%z}" for period in periods(schedule, utc(earliest), utc(latest))]


@pytest.mark.parametrize(
    ("around", "days"),
    [
        ("2026-03-27T23:00 2026-03-30T22:00", ["28 00:00+0100", "29 00:00+0100", "30 00:00+0200", "31 00:00+0200"]),
        ("2026-10-23T22:00 2026-10-26T23:00", ["24 00:00+0200", "25 00:00+0200", "26 00:00+0100", "27 00:00+0100"]),
    ],
)
def test_daily_in_warsaw_begins_at_its_midnight(around, days):
    daily = Schedule.parse("@daily", timezone=WARSAW)
    assert local(daily, *around.split()) == days


def test_the_days_of_clock_changes_are_shorter_and_longer():
    daily = Schedule.parse("@daily", timezone=WARSAW)
    spring, autumn = (last_complete(daily, utc(day)) for day in ("2026-03-30T12:00", "2026-10-26T12:00"))
    assert spring == Period(utc("2026-03-28T23:00"), utc("2026-03-29T22:00"))
    assert autumn == Period(utc("2026-10-24T22:00"), utc("2026-10-25T23:00"))


def test_hourly_through_both_changes_misses_no_hour_and_doubles_none():
    hourly = Schedule.parse("@hourly", timezone=WARSAW)
    assert local(hourly, "2026-03-29T00:00", "2026-03-29T02:00") == ["29 01:00+0100", "29 03:00+0200", "29 04:00+0200"]
    assert local(hourly, "2026-10-24T23:00", "2026-10-25T02:00") == [
        "25 01:00+0200",
        "25 02:00+0200",
        "25 02:00+0100",
        "25 03:00+0100",
    ]


def test_a_wall_time_that_is_skipped_or_doubled():
    """02:30 does not exist on the one morning, and runs at 03:30; on the other it runs once, the second time."""
    nightly = Schedule.parse("30 2 * * *", timezone=WARSAW)
    assert local(nightly, "2026-03-28T00:00", "2026-03-31T00:00") == ["28 02:30+0100", "29 03:30+0200", "30 02:30+0200"]
    assert local(nightly, "2026-10-24T00:00", "2026-10-27T00:00") == ["24 02:30+0200", "25 02:30+0100", "26 02:30+0100"]


def test_every_two_hours_skips_the_hour_that_comes_twice():
    even = Schedule.parse("0 */2 * * *", timezone=WARSAW)
    assert local(even, "2026-10-24T22:00", "2026-10-25T04:00") == ["25 00:00+0200", "25 02:00+0100", "25 04:00+0100"]
    assert local(even, "2026-03-28T22:00", "2026-03-29T02:00") == ["29 00:00+0100", "29 03:00+0200", "29 04:00+0200"]


def test_a_range_that_begins_with_a_period_into_a_skipped_hour_loses_it_as_in_airflow():
    nightly = Schedule.parse("30 2 * * *", timezone=WARSAW)
    assert local(nightly, "2026-03-28T01:30", "2026-03-29T02:00") == ["29 03:30+0200"]
    assert local(nightly, "2026-03-28T01:29", "2026-03-29T02:00") == ["28 02:30+0100", "29 03:30+0200"]


def test_a_timedelta_counts_from_its_start_date_with_catchup():
    start = datetime(2026, 1, 1, 5, 17)
    schedule = Schedule.parse(timedelta(hours=7), start_date=start, catchup=True)
    grid = ["01 05:17", "01 12:17", "01 19:17", "02 02:17", "02 09:17"]
    assert starts(schedule, "2025-12-01", "2026-01-02T12:00") == grid
    assert starts(schedule, "2026-01-01T19:17", "2026-01-02T09:17") == grid[2:]
    assert starts(schedule, "2026-01-01T19:18", "2026-01-02T09:16") == ["02 02:17"]


def test_a_timedelta_counts_from_the_epoch_without_catchup():
    start = datetime(2026, 1, 1, 5, 17)
    schedule = Schedule.parse(timedelta(hours=7), start_date=start)
    assert starts(schedule, "2025-12-01", "2026-01-02T09:00") == ["01 07:00", "01 14:00", "01 21:00", "02 04:00"]
    assert utc("2026-01-01T07:00") - utc("1970-01-01") == 70_129 * timedelta(hours=7)


def test_a_timedelta_without_a_start_date_counts_from_the_beginning_of_the_range():
    schedule = Schedule.parse(timedelta(hours=7), catchup=True)
    assert starts(schedule, "2026-01-01T05:17", "2026-01-01T13:00") == ["01 05:17", "01 12:17"]


def test_a_timedelta_before_1970():
    assert starts(Schedule.parse(timedelta(days=1)), "1969-12-30T12:00", "1970-01-01") == ["31 00:00", "01 00:00"]


def test_what_is_run_by_hand():
    now = utc("2026-11-20T13:18")
    assert last_complete(Schedule.parse("0 3 * * *"), now) == Period(utc("2026-11-19T03:00"), utc("2026-11-20T03:00"))
    assert last_complete(Schedule.parse(timedelta(hours=7)), now) == Period(utc("2026-11-20T06:18"), now)


def test_a_period_is_complete_at_its_very_end():
    daily = Schedule.parse("@daily")
    day = Period(utc("2026-11-19"), utc("2026-11-20"))
    assert last_complete(daily, day.end) == day
    assert last_complete(daily, day.end - timedelta(microseconds=1)) == Period(utc("2026-11-18"), utc("2026-11-19"))


def test_once_has_one_period_at_its_start_date():
    start = utc("2026-01-01T05:17")
    once = Schedule.parse("@once", start_date=start)
    only = Period(start, start)
    assert list(periods(once, start, start)) == [only]
    assert list(periods(once, utc("2025-01-01"), utc("2027-01-01"))) == [only]
    assert list(periods(once, utc("2025-01-01"), start - timedelta(seconds=1))) == []
    assert list(periods(once, start + timedelta(seconds=1), utc("2027-01-01"))) == []
    assert last_complete(once, start) == only
    assert last_complete(once, start - timedelta(seconds=1)) is None
    assert next_period(once, only) is None
    assert period_at(once, start) is None


@pytest.mark.parametrize("spec", [None, "@once"])
def test_what_never_runs_by_itself_has_no_periods(spec):
    never = Schedule.parse(spec)
    day = Period(utc("2026-01-01"), utc("2026-01-02"))
    assert list(periods(never, utc("2020-01-01"), utc("2030-01-01"))) == []
    assert last_complete(never, utc("2026-01-01")) is None
    assert next_period(never, day) is None
    assert period_at(never, day.start) is None
    check(never)


def test_an_empty_range():
    assert starts(Schedule.parse("@daily"), "2026-01-02", "2026-01-01") == []
    assert starts(Schedule.parse("@daily"), "2026-01-01T00:01", "2026-01-01T23:59") == []
    assert starts(Schedule.parse("@daily"), "2026-01-01", "2026-01-01") == ["01 00:00"]


def test_nothing_before_the_start_date():
    daily = Schedule.parse("@daily", start_date=datetime(2026, 1, 2, 0, 1))
    assert starts(daily, "2025-12-01", "2026-01-04") == ["03 00:00", "04 00:00"]
    before = Period(utc("2025-12-01"), utc("2025-12-02"))
    assert next_period(daily, before) == Period(utc("2026-01-03"), utc("2026-01-04"))


def test_naive_moments_are_wall_time():
    daily = Schedule.parse("@daily", timezone=WARSAW)
    found = periods(daily, datetime(2026, 7, 1), datetime(2026, 7, 2))
    assert [period.start for period in found] == [utc("2026-06-30T22:00"), utc("2026-07-01T22:00")]


def test_the_period_that_a_moment_lies_in():
    daily = Schedule.parse("@daily", timezone=WARSAW)
    day = Period(utc("2026-06-30T22:00"), utc("2026-07-01T22:00"))
    assert period_at(daily, datetime(2026, 7, 1)) == day
    assert period_at(daily, datetime(2026, 7, 1, 23, 59, 59)) == day
    assert period_at(daily, day.end) != day


def test_what_follows_a_period_of_an_older_schedule():
    """The schedule was changed from daily to weekly: the week in which the last day ended, then on."""
    weekly = Schedule.parse("@weekly")
    assert next_period(weekly, Period(utc("2026-07-01"), utc("2026-07-02"))) == Period(
        utc("2026-07-05"), utc("2026-07-12")
    )


@pytest.mark.parametrize(
    ("expression", "blamed"),
    [
        ("60 0 * * *", "minute cannot be '60'"),
        ("0 24 * * *", "hour cannot be '24'"),
        ("0 0 0 * *", "day of the month cannot be '0'"),
        ("0 0 * 13 *", "month cannot be '13'"),
        ("0 0 * * 8", "day of the week cannot be '8'"),
        ("0 0 * * MON#6", "day of the week cannot be 'MON#6'"),
        ("*/0 * * * *", "minute cannot be '*/0'"),
        ("a * * * *", "minute cannot be 'a'"),
        ("0 0 * monday *", "month cannot be 'monday'"),
        ("-1 0 * * *", "minute cannot be '-1'"),
        ("٣ 0 * * *", "minute cannot be '٣'"),
        ("H 0 * * *", "minute cannot be 'H'"),
        ("R 0 * * *", "drawn anew"),
        ("0 r(1-5) * * *", "drawn anew"),
        ("0 0 15W * *", "nearest weekday"),
        ("0 0 30 2 *", "never runs"),
        ("0 0 31 4,6,9,11 *", "never runs"),
    ],
)
def test_what_airflow_would_refuse_or_never_run(expression, blamed):
    with pytest.raises(ScheduleError) as error:
        check(Schedule.parse(expression))
    assert expression in error.value.message
    assert blamed in error.value.message
    assert error.value.hint


@pytest.mark.parametrize(
    "expression",
    [
        "0 0 29 2 *",
        "0 0 L * *",
        "0 0 * * L5",
        "0 0 * * 1#5",
        "0 0 30 2 MON",
        "0 0 ? * 7",
        "0 0 * JAN-mar 5-sun",
        "5,* 0 * * *",
    ],
)
def test_what_airflow_takes(expression):
    check(Schedule.parse(expression))


def test_where_airflow_gets_stuck_we_say_so():
    """Lord Howe moves its clocks by half an hour; Airflow's every-hour rule does not get over that."""
    hourly = Schedule.parse("@hourly", timezone="Australia/Lord_Howe")
    with pytest.raises(ScheduleError, match="never get past the period that starts at 2018-03-31 15:00"):
        list(periods(hourly, utc("2018-03-31T12:00"), utc("2018-04-02T00:00")))


def test_a_long_backfill_is_walked_not_held():
    century = periods(Schedule.parse("* * * * *"), utc("1900-01-01"), utc("2900-01-01"))
    assert len(list(islice(century, 10))) == 10


crons = st.builds(
    " ".join,
    st.tuples(
        st.sampled_from(["0", "*", "30", "*/7", "5-55/10", "59"]),
        st.sampled_from(["0", "*", "*/5", "3,21", "23"]),
        st.sampled_from(["*", "1", "31", "L", "10-20"]),
        st.sampled_from(["*", "2", "*/3", "JAN,DEC"]),
        st.sampled_from(["*", "MON", "1-5", "L5", "3#1"]),
    ),
)
schedules = st.builds(Schedule.parse, crons) | st.builds(
    Schedule.parse, st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=400))
)
moments = st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2090, 1, 1), timezones=st.just(UTC))


def runs(schedule: Schedule) -> bool:
    try:
        check(schedule)
    except ScheduleError:
        return False
    return True


@given(schedules.filter(runs), moments)
def test_in_utc_periods_are_contiguous_and_each_follows_from_the_last(schedule, earliest):
    found = list(islice(periods(schedule, earliest, utc("2190-01-01")), 6))
    assert found[0].start >= earliest
    for period, following in pairwise(found):
        assert period.start < period.end == following.start
        assert next_period(schedule, period) == following


@given(schedules.filter(runs), moments, st.timedeltas(min_value=timedelta(), max_value=timedelta(days=30)))
def test_a_range_is_cut_out_of_a_longer_one(schedule, earliest, length):
    latest = earliest + length
    inside = list(islice(periods(schedule, earliest, latest), 50))
    wider = list(islice(periods(schedule, earliest - timedelta(minutes=90), latest + timedelta(days=9)), 10_000))
    assert inside == [period for period in wider if earliest <= period.start <= latest][:50]


@given(crons, moments)
def test_the_last_complete_period_has_ended_and_the_next_has_not(expression, moment):
    schedule = Schedule.parse(expression)
    if not runs(schedule):
        return
    period = last_complete(schedule, moment)
    assert period.end <= moment < next_period(schedule, period).end
    assert next(periods(schedule, period.start, moment)) == period


@given(st.text(alphabet="0123456789*,-/#LWRHl?monapr ", min_size=9, max_size=30))
def test_nothing_but_schedule_errors(text):
    try:
        check(Schedule.parse(text))
    except ScheduleError as error:
        assert error.hint


def test_a_pod_works_out_once_a_day_and_once_an_hour_without_the_cron_library():
    script = (
        "import sys; sys.modules['croniter'] = None\n"
        "from datetime import UTC, datetime\n"
        "from bigflow.schedule import Schedule\n"
        "from bigflow.schedule.periods import last_complete\n"
        "for spec in ('@daily', '@hourly', '30 3 * * *'):\n"
        "    print(last_complete(Schedule.parse(spec), datetime(2026, 11, 20, 13, 18, tzinfo=UTC)).start.isoformat())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.split() == [
        "2026-11-19T00:00:00+00:00", "2026-11-20T12:00:00+00:00", "2026-11-19T03:30:00+00:00",
    ], done.stderr  # fmt: skip
