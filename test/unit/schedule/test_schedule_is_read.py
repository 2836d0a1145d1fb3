"""What users write becomes a value, or an error that says what to write instead."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.errors import BigflowError, ExitCode
from bigflow.schedule import Period, Schedule, ScheduleError, daily_start_time, hourly_start_time, zone

NEW_YEAR = datetime(2026, 1, 1)


@pytest.mark.parametrize(
    ("spec", "expression"),
    [
        ("0 3 * * *", "0 3 * * *"),
        ("  0   3 *\t* * ", "0 3 * * *"),
        ("*/15 8-17 * * MON-FRI", "*/15 8-17 * * MON-FRI"),
        ("@hourly", "0 * * * *"),
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        ("@weekly", "0 0 * * 0"),
        ("@monthly", "0 0 1 * *"),
        ("@quarterly", "0 0 1 */3 *"),
        ("@yearly", "0 0 1 1 *"),
        ("@annually", "0 0 1 1 *"),
        (" @Daily ", "0 0 * * *"),
    ],
)
def test_a_cron_expression_is_brought_to_five_fields(spec, expression):
    assert Schedule.parse(spec) == Schedule("cron", expression)


def test_the_other_kinds():
    assert Schedule.parse(timedelta(hours=7)) == Schedule("delta", delta=timedelta(hours=7))
    assert Schedule.parse("@once") == Schedule("once")
    assert Schedule.parse(None) == Schedule("none")


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        ("@dayly", "did you mean '@daily'?"),
        ("@onec", "did you mean '@once'?"),
        ("@continuous", "presets: @hourly"),
        ("@", "presets: @hourly"),
        ("every day", "'@daily'"),
        ("", "'@daily'"),
        ("* * * *", "minute hour day month weekday"),
        ("0 0 0 * * *", "leave out the seconds"),
        ("0 0 1 1 * 0 2026", "leave out the seconds"),
        ("* * * * * * * *", "minute hour day month weekday"),
        (5, "'@daily'"),
        (True, "'@daily'"),
        (b"@daily", "'@daily'"),
        (["@daily"], "'@daily'"),
        (NEW_YEAR, "'@daily'"),
        (timedelta(), "timedelta(hours=6)"),
        (timedelta(hours=-1), "timedelta(hours=6)"),
        (timedelta.max, "timedelta(hours=6)"),
    ],
)
def test_what_is_no_schedule_is_named_with_a_way_out(spec, hint):
    with pytest.raises(ScheduleError) as error:
        Schedule.parse(spec)
    assert (spec if isinstance(spec, str) else repr(spec)) in error.value.message
    assert hint in error.value.hint


def test_a_schedule_error_is_one_of_usage_and_a_value_error():
    with pytest.raises(ValueError, match="@dayly") as error:
        Schedule.parse("@dayly")
    assert isinstance(error.value, BigflowError)
    assert error.value.exit_code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Europe/Warschau", "'Europe/Warsaw'"),
        ("Warsaw", "'Europe/Warsaw'"),
        ("Mars/Olympus Mons", "an IANA name"),
        ("", "an IANA name"),
        ("+02:00", "an IANA name"),
        ("../../etc/hostname", "an IANA name"),
        ("no\0name", "an IANA name"),
        ("Europe", "mean"),
        (2, "an IANA name"),
        (UTC, "an IANA name"),
    ],
)
def test_an_unknown_time_zone_is_refused(name, hint):
    with pytest.raises(ScheduleError, match="there is no time zone") as error:
        Schedule.parse("@daily", timezone=name)
    assert hint in error.value.hint


@pytest.mark.parametrize(
    ("timezone", "start", "expected"),
    [
        (None, NEW_YEAR, "2026-01-01T00:00"),
        (None, date(2026, 1, 1), "2026-01-01T00:00"),
        ("Europe/Warsaw", NEW_YEAR, "2025-12-31T23:00"),
        ("Europe/Warsaw", date(2026, 7, 1), "2026-06-30T22:00"),
        ("Europe/Warsaw", NEW_YEAR.replace(tzinfo=UTC), "2026-01-01T00:00"),
        ("Europe/Warsaw", NEW_YEAR.replace(tzinfo=timezone(timedelta(hours=-5))), "2026-01-01T05:00"),
        # Skipped by the clocks of that morning, and shown twice by those of this one.
        ("Europe/Warsaw", datetime(2026, 3, 29, 2, 30), "2026-03-29T01:30"),
        ("Europe/Warsaw", datetime(2026, 10, 25, 2, 30), "2026-10-25T01:30"),
        ("Pacific/Apia", datetime(2011, 12, 30, 12), "2011-12-30T22:00"),
    ],
)
def test_a_naive_start_date_is_wall_time(timezone, start, expected):
    schedule = Schedule.parse("@daily", timezone=timezone, start_date=start)
    assert schedule.start_date == datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert schedule.start_date.tzinfo is UTC


@pytest.mark.parametrize("start", ["2026-01-01", 5, datetime.min, datetime.max.replace(tzinfo=UTC), date.max])
def test_a_start_date_that_is_none_is_refused(start):
    with pytest.raises(ScheduleError):
        Schedule.parse("@daily", timezone="Asia/Tokyo", start_date=start)


def test_a_runtime_is_naive_utc_or_aware_in_the_schedules_zone():
    period = Period(datetime(2026, 7, 1, 22, tzinfo=UTC), datetime(2026, 7, 2, 22, tzinfo=UTC))
    assert Schedule.parse("@daily").runtime(period) == datetime(2026, 7, 1, 22)
    local = Schedule.parse("@daily", timezone="Europe/Warsaw").runtime(period)
    assert local.isoformat() == "2026-07-02T00:00:00+02:00"
    assert local.tzinfo == zone("Europe/Warsaw")


moments = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))
zones = st.sampled_from([None, "Europe/Warsaw", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia"])


@given(moments, zones)
def test_a_runtime_tells_its_moment(moment, timezone):
    schedule = Schedule.parse("@daily", timezone=timezone)
    assert schedule.instant(schedule.runtime(Period(moment, moment))) == moment


@given(moments, moments, zones.filter(bool))
def test_later_on_the_wall_is_never_earlier_in_time(one, other, timezone):
    schedule = Schedule.parse("@daily", timezone=timezone)
    earlier, later = sorted((one.replace(tzinfo=None), other.replace(tzinfo=None)))
    gap = timedelta(days=1)  # as long as the longest skip; wall times less apart may change places in it
    assert schedule.instant(earlier) <= schedule.instant(later + gap)


@given(st.one_of(st.text(), st.integers(), st.floats(), st.binary(), st.booleans(), st.timedeltas()), st.text())
def test_nothing_but_schedule_errors(spec, timezone):
    for options in ({}, {"timezone": timezone}):
        try:
            Schedule.parse(spec, **options)
        except ScheduleError as error:
            assert error.hint


@pytest.mark.parametrize("offset", ["UTC0", "CET-1", "NST3:30"])
def test_start_times(offset):
    """In a process of its own: the offset of a machine is taken from TZ when it starts."""
    script = (
        "from datetime import datetime; from bigflow.schedule import *;"
        "print(daily_start_time(datetime(2026, 3, 1, 17, 45, 1, 2)), hourly_start_time(datetime(2026, 3, 1, 17, 45)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env={"TZ": offset})
    utc = {"UTC0": "2026-03-01 17:45:00", "CET-1": "2026-03-01 16:45:00", "NST3:30": "2026-03-01 21:15:00"}[offset]
    assert done.stdout.strip() == f"2026-02-28 00:00:00 {utc}"


def test_start_times_keep_what_they_are_given():
    aware = datetime(2026, 3, 1, 17, 45, tzinfo=UTC)
    assert daily_start_time(aware) == datetime(2026, 2, 28, tzinfo=UTC)
    assert hourly_start_time(aware).tzinfo is UTC


def test_a_pod_needs_no_cron_library_to_read_a_schedule():
    script = (
        "import sys; sys.modules['croniter'] = None\n"
        "from bigflow.schedule import Schedule\n"
        "Schedule.parse('0 3 * * *', timezone='Europe/Warsaw')\n"
        "assert 'bigflow.schedule.periods' not in sys.modules\n"
        "from bigflow.schedule.periods import check\n"
        "try: check(Schedule.parse('0 3 * * MON'))\n"
        "except Exception as error: print(error, '|', error.hint)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "'croniter', which is not installed here" in done.stdout, done.stderr
