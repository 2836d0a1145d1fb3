"""What the user sees of a run, whole, in each manner; the events are made by hand."""

import json
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.screen import ScreenShown, width

from bigflow._events import (
    Event,
    JobEnded,
    JobKept,
    JobOutput,
    JobRetried,
    JobStarted,
    RunEnded,
    RunStarted,
    Tick,
)
from bigflow.cli.console import Console
from bigflow.cli.harmless import harmless
from bigflow.cli.live_view import LiveView
from bigflow.cli.region import Region, clip
from bigflow.cli.run_lines import RunLines, Wording
from bigflow.cli.run_view import listener
from bigflow.errors import OutsideError

JOBS = ("fetch", "clean", "by_country", "by_product", "report")
DAY = datetime(2026, 11, 19)
NEXT = datetime(2026, 11, 20)
PROJECT = "/home/me/shop"


def started(run_id: str = "1", jobs: tuple[str, ...] = JOBS, *, chosen: bool = True) -> RunStarted:
    return RunStarted(run_id, "daily", jobs, DAY, NEXT, "local", chosen)


def done(job_id: str, seconds: float = 0.1, note: str = "") -> list[Event]:
    return [JobStarted(job_id, 1, 1), JobEnded(job_id, "success", seconds, 1, note=note)]


def failed(job_id: str, reason: str = "KeyError: 'prise'", **more: str) -> JobEnded:
    return JobEnded(job_id, "failed", 0.3, 1, reason, f"{PROJECT}/project_package/clean.py:14", **more)


FINE: list[Event] = [
    started(),
    *done("fetch"),
    *done("clean", 0.2),
    *done("by_country"),
    *done("by_product"),
    *done("report", note=f"{PROJECT}/build/out/report.html"),
    RunEnded("1", "daily", "success", 0.6),
]
BROKEN: list[Event] = [
    started("2"),
    *done("fetch"),
    JobStarted("clean", 1, 1, "clean.1.log", retries=3),
    JobOutput("clean", "reading\nTraceback (most recent call last):\n"),
    failed("clean", log=f"{PROJECT}/.bigflow/runs/2/logs/clean.1.log"),
    *(JobEnded(job, "upstream_failed", 0.0, reason="clean failed") for job in JOBS[2:]),
    RunEnded("2", "daily", "failed", 0.4),
]
RESUMED: list[Event] = [
    started("3", JOBS[1:], chosen=False),
    JobKept("fetch", "succeeded in run 2"),
    *(event for job in JOBS[1:] for event in done(job)),
    RunEnded("3", "daily", "success", 0.5),
]


def said(
    events: Iterable[Event],
    capsys: pytest.CaptureFixture[str],
    *,
    alone: bool = False,
    retries_off: bool = True,
    several: bool = False,
    verbose: bool = False,
) -> str:
    """In a pipe."""
    console = Console(verbose=verbose)
    console.root = PROJECT
    tell = listener(console, alone=alone, retries_off=retries_off, several=several)
    for event in events:
        tell(event)
    out, err = capsys.readouterr()
    assert out == ""
    return "\n" + err


class Clock:
    """Stands still unless told."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


class Terminal:
    """A live view on a screen of our own."""

    def __init__(self, columns: int = 80, rows: int = 24, *, several: bool = False, most: int = 50) -> None:
        console = Console()
        console.root = PROJECT
        self.clock = Clock()
        self.screen = ScreenShown(columns, rows)
        self.console = console
        wording = Wording(alone=False, retries_off=True, several=several, between=False, most=most)
        self._view = LiveView(RunLines(console, wording), Region(self.screen), self.clock)
        console.above_display = self._view.say

    def tell(self, *events: Event) -> str:
        for event in events:
            self.clock.time += 0.2
            self._view.tell(event)
        return "\n" + "\n".join(self.screen.shown)


# ---- a pipe


def test_a_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        said(FINE, capsys)
        == """
daily  period 2026-11-19 00:00 -> 2026-11-20 00:00 UTC  env local  (last complete period; -r to choose)
  ..  fetch
  ok  fetch        0.1 s
  ..  clean
  ok  clean        0.2 s
  ..  by_country
  ok  by_country   0.1 s
  ..  by_product
  ok  by_product   0.1 s
  ..  report
  ok  report       0.1 s   build/out/report.html
5 jobs succeeded in 0.6 s   bigflow runs show 1
"""
    )


def test_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        said(BROKEN, capsys)
        == """
daily  period 2026-11-19 00:00 -> 2026-11-20 00:00 UTC  env local  (last complete period; -r to choose)
  ..  fetch
  ok  fetch        0.1 s
  ..  clean
clean | reading
clean | Traceback (most recent call last):
  FAIL clean       attempt 1 of 1 (retries are off at a terminal; --retries for production's 3)
       KeyError: 'prise'   project_package/clean.py:14
       log: .bigflow/runs/2/logs/clean.1.log
  --  by_country, by_product, report   not run: clean failed
1 succeeded, 1 failed, 3 not run in 0.4 s   bigflow runs show 2
  fix it, then: bigflow run --resume
"""
    )


def test_a_resumed_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        said(RESUMED, capsys)
        == """
daily  period 2026-11-19 00:00 -> 2026-11-20 00:00 UTC  env local
  kept fetch (succeeded in run 2)
  ..  clean
  ok  clean        0.1 s
  ..  by_country
  ok  by_country   0.1 s
  ..  by_product
  ok  by_product   0.1 s
  ..  report
  ok  report       0.1 s
4 succeeded, 1 kept in 0.5 s   bigflow runs show 3
"""
    )


def test_retries(capsys: pytest.CaptureFixture[str]) -> None:
    where = f"{PROJECT}/project_package/clean.py:14"
    events: list[Event] = [
        started(jobs=("clean",), chosen=False),
        JobStarted("clean", 1, 2),
        JobRetried("clean", 1, 2, 60.0, "KeyError: 'prise'", where),
        JobStarted("clean", 2, 2),
        JobEnded("clean", "failed", 0.3, 2, "KeyError: 'prise'", where, hint="ask the\nshop"),
        RunEnded("1", "daily", "failed", 61.4),
    ]
    assert (
        said(events, capsys, retries_off=False)
        == """
daily  period 2026-11-19 00:00 -> 2026-11-20 00:00 UTC  env local
  ..  clean
  retry clean attempt 1 of 2 failed: KeyError: 'prise'   project_package/clean.py:14   next in 60 s
  ..  clean   attempt 2 of 2
  FAIL clean  attempt 2 of 2
       KeyError: 'prise'   project_package/clean.py:14
       hint: ask the shop
1 failed in 1 m 01 s   bigflow runs show 1
  fix it, then: bigflow run --resume
"""
    )


def test_an_interruption(capsys: pytest.CaptureFixture[str]) -> None:
    events: list[Event] = [
        started(chosen=False),
        *done("fetch"),
        JobStarted("clean", 1, 1),
        *(JobEnded(job, "interrupted", 0.0, reason="the run was stopped") for job in JOBS[2:]),
        JobEnded("clean", "interrupted", 1.24, 1, "KeyboardInterrupt"),
        RunEnded("1", "daily", "interrupted", 1.4),
    ]
    assert (
        said(events, capsys)
        == """
daily  period 2026-11-19 00:00 -> 2026-11-20 00:00 UTC  env local
  ..  fetch
  ok  fetch        0.1 s
  ..  clean
  --  clean        interrupted after 1.2 s
  --  by_country, by_product, report   not run: the run was stopped
interrupted: 1 succeeded, 3 not run, 1 interrupted in 1.4 s   bigflow runs show 1
  go on with: bigflow run --resume
"""
    )


def test_states_of_airflow(capsys: pytest.CaptureFixture[str]) -> None:
    """A run in which jobs failed can be a success, and jobs can be skipped."""
    events: list[Event] = [
        RunStarted("", "daily", ("a", "b", "c"), DAY.replace(second=5), None, None, True),
        JobStarted("a", 1, 1),
        failed("a"),
        JobEnded("b", "skipped", 0.0, reason="trigger rule one_success"),
        *done("c", 7300),
        RunEnded("", "daily", "success", 7300.5),
    ]
    assert (
        said(events, capsys, retries_off=False)
        == """
daily  runtime 2026-11-19 00:00:05 UTC
  ..  a
  FAIL a  attempt 1 of 1
       KeyError: 'prise'   project_package/clean.py:14
  ..  c
  ok  c   2 h 02 m
  --  b   skipped: trigger rule one_success
1 succeeded, 1 failed, 1 skipped in 2 h 02 m, a success: its last jobs succeeded
"""
    )


def test_a_job_alone_is_told_as_a_pod_tells_it(capsys: pytest.CaptureFixture[str]) -> None:
    events: list[Event] = [
        RunStarted("airflow-17", "daily", ("clean",), DAY.replace(tzinfo=ZoneInfo("Europe/Warsaw")), None, None, False),
        JobStarted("clean", 2, 4),
        failed("clean", traceback="Traceback:\n  File x\nKeyError: 'prise'\n\n"),
        RunEnded("airflow-17", "daily", "failed", 0.3),
    ]
    assert (
        said(events, capsys, alone=True)
        == """
daily  runtime 2026-11-19 00:00:00 Europe/Warsaw
Traceback:
  File x
KeyError: 'prise'
  FAIL clean  0.3 s
       KeyError: 'prise'   project_package/clean.py:14
1 failed in 0.3 s
"""
    )


def test_verbosely_the_traceback_is_there_too(capsys: pytest.CaptureFixture[str]) -> None:
    events: list[Event] = [
        started(),
        JobStarted("clean", 1, 1),
        failed("clean", traceback="Traceback:\n  it\x1b[2J broke\n"),
    ]
    assert "\nTraceback:\n  it broke\n  FAIL clean " in said(events, capsys, verbose=True)
    assert "Traceback" not in said(events, capsys)


def test_each_of_several_runs_says_which_one_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    events: list[Event] = [
        started("7", ("a",), chosen=False),
        RunStarted("8", "daily", ("a",), NEXT, datetime(2026, 11, 21), None, False),
        *done("a"),
        JobStarted("a", 1, 1),
        failed("a"),
        RunEnded("8", "daily", "failed", 0.5),
        RunEnded("7", "daily", "success", 0.6),
    ]
    assert said(events, capsys, several=True).endswith("""
daily  period 2026-11-20 00:00 -> 2026-11-21 00:00 UTC   failed in 0.5 s   bigflow runs show 8
  fix it, then: bigflow run --resume 8
daily  period 2026-11-19 00:00 -> 2026-11-20 00:00 UTC   succeeded in 0.6 s   bigflow runs show 7
""")


def test_counts_of_one_run_do_not_reach_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    shown = said([*BROKEN, *FINE], capsys)
    assert shown.count("not run: clean failed") == 1
    assert shown.endswith("\n5 jobs succeeded in 0.6 s   bigflow runs show 1\n")


def test_long_lists_of_jobs_are_cut(capsys: pytest.CaptureFixture[str]) -> None:
    jobs = tuple(f"j{number}" for number in range(3000))
    events: list[Event] = [
        started(jobs=("x", *jobs)),
        *(JobKept(f"k{number}", "succeeded in run 1") for number in range(9)),
        JobStarted("x", 1, 1),
        failed("x"),
        *(JobEnded(job, "upstream_failed", 0.0, reason="x failed") for job in jobs),
        RunEnded("2", "daily", "failed", 1.0),
    ]
    shown = said(events, capsys)
    assert "\n  kept k0, k1, k2, k3, k4, k5, k6, k7 and 1 more (succeeded in run 1)\n" in shown
    assert "\n  --  j0, j1, j2, j3, j4, j5, j6, j7 and 2,992 more   not run: x failed\n" in shown


@pytest.mark.parametrize("count", [1, 8])
def test_short_lists_of_jobs_are_whole(count: int, capsys: pytest.CaptureFixture[str]) -> None:
    jobs = [f"k{number}" for number in range(count)]
    shown = said([*(JobKept(job, "why") for job in jobs), RunEnded("1", "daily", "success", 0)], capsys)
    assert f"\n  kept {', '.join(jobs)} (why)\n" in shown


def test_an_id_longer_than_the_column_pushes_only_its_own_line(capsys: pytest.CaptureFixture[str]) -> None:
    shown = said([started(jobs=("a", "x" * 200)), *done("a"), *done("x" * 200)], capsys)
    assert f"\n  ok  {'x' * 200} 0.1 s\n" in shown
    assert f"\n  ok  a{' ' * 42}0.1 s\n" in shown


def test_nothing_to_execute(capsys: pytest.CaptureFixture[str]) -> None:
    shown = said([started(jobs=()), JobKept("a", "succeeded in run 2"), RunEnded("3", "daily", "success", 0)], capsys)
    assert shown.endswith("(succeeded in run 2)\n1 kept in 0.0 s   bigflow runs show 3\n")


def test_what_a_job_writes_cannot_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    text = "\x1b[31mred\x1b[0m\n\n  indented\t|\n\x1b]0;title\x07ab\x00\x08\n10%\r20%\r\n\u202eevil\u00a0\n"
    assert (
        said([JobOutput("clean", text)], capsys)
        == """
clean | red
clean |
clean |   indented  |
clean | ab\ufffd\ufffd
clean | 20%
clean | evil
"""
    )


def test_nor_can_its_errors(capsys: pytest.CaptureFixture[str]) -> None:
    bad = "\x1b[2J\x1b]0;x\x07boo\x07\nm"
    events: list[Event] = [
        started(),
        JobStarted("a", 1, 2),
        JobRetried("a", 1, 2, 0.5, bad, bad),
        JobEnded("a", "failed", 1, 2, bad, bad, bad, bad, bad, bad),
        *done("b", note=bad),
    ]
    shown = said(events, capsys, alone=True)
    assert shown.count("boo\ufffd m") == 7
    assert "\x1b" not in shown and "\x07" not in shown


# ---- JSON


def as_json(capsys: pytest.CaptureFixture[str], *events: Event) -> list[dict[str, object]]:
    console = Console(json=True)
    console.root = PROJECT
    tell = listener(console, alone=False, retries_off=True)
    for event in events:
        tell(event)
    out, err = capsys.readouterr()
    assert err == ""
    return [json.loads(line) for line in out.splitlines()]


def test_json_is_one_event_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    told = as_json(capsys, started(), Tick(("a",)), JobOutput("a", f"x\n{PROJECT}/y\n"), failed("a"))
    assert told == [
        {
            "event": "run_started",
            "run_id": "1",
            "workflow_id": "daily",
            "jobs": list(JOBS),
            "runtime": "2026-11-19 00:00:00",
            "interval_end": "2026-11-20 00:00:00",
            "env": "local",
            "runtime_chosen": True,
        },
        {"event": "job_output", "job_id": "a", "text": f"x\n{PROJECT}/y\n"},
        {
            "event": "job_ended",
            "job_id": "a",
            "state": "failed",
            "seconds": 0.3,
            "attempt": 1,
            "reason": "KeyError: 'prise'",
            "where": "project_package/clean.py:14",
            "hint": "",
            "note": "",
            "log": "",
            "traceback": "",
        },
    ]


def test_json_of_names_that_are_not_utf_8(capsys: pytest.CaptureFixture[str]) -> None:
    (told,) = as_json(capsys, failed("a", reason="no file caf\udce9"))
    assert told["reason"] == "no file caf\\udce9"


# ---- a terminal


def test_at_a_terminal_what_runs_is_below_what_is_over() -> None:
    terminal = Terminal()
    terminal.tell(started(), *done("fetch"), JobStarted("clean", 1, 1, retries=3), JobStarted("by_product", 1, 1))
    assert (
        terminal.tell(JobOutput("clean", "page 1\npage 2\n"), Tick(()))
        == """
daily  period 2026-11-19 00:00 -> 2026-11-20 00:00 UTC  env local  (last complet
e period; -r to choose)
  ok  fetch        0.1 s
  /   clean        0.6 s   page 2
  /   by_product   0.4 s
  1/5  1.2 s
"""
    )
    assert (
        terminal.tell(failed("clean"), JobOutput("by_product", "\n \n"), Tick(()))
        == """
daily  period 2026-11-19 00:00 -> 2026-11-20 00:00 UTC  env local  (last complet
e period; -r to choose)
  ok  fetch        0.1 s
  FAIL clean       attempt 1 of 1 (retries are off at a terminal; --retries for
production's 3)
       KeyError: 'prise'   project_package/clean.py:14
  -   by_product   1.0 s
  2/5  1 failed  1.8 s
"""
    )


@pytest.mark.parametrize("events", [FINE, BROKEN, RESUMED])
def test_at_the_end_a_terminal_has_the_lines_of_a_pipe(events: list[Event], capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal(columns=200)
    with_ticks = [one for event in events for one in (event, Tick(()))]
    shown = terminal.tell(*with_ticks)
    lines = [line for line in said(events, capsys).split("\n") if not line.startswith(("  .. ", "clean |"))]
    assert shown.split("\n") == lines


def test_a_run_that_is_over_at_once_draws_no_display() -> None:
    terminal = Terminal()
    terminal.tell(started(), JobStarted("fetch", 1, 1))
    terminal.clock.time -= 0.2
    assert "0/5" not in terminal.tell(Tick(()))
    assert "0/5" in terminal.tell(Tick(()))


def test_a_job_that_rests_is_not_shown_as_running() -> None:
    terminal = Terminal()
    terminal.tell(started(), JobStarted("clean", 1, 4), Tick(()), Tick(()))
    shown = terminal.tell(JobRetried("clean", 1, 4, 60, "KeyError: 'x'", "a.py:1"))
    assert shown.split("\n")[-3:] == [
        "  retry clean      attempt 1 of 4 failed: KeyError: 'x'   a.py:1   next in 60 s",
        "  0/5  0.8 s",
        "",
    ]


def test_an_error_of_somebody_else_leaves_no_display_behind() -> None:
    terminal = Terminal(columns=200)
    terminal.tell(started(chosen=False), JobStarted("clean", 1, 1), Tick(()))
    terminal.console.error(OutsideError("no room on the disk", hint="make some"))
    assert terminal.screen.shown[1:] == ["error: no room on the disk", "  hint: make some", ""]
    assert terminal.tell(Tick(())).count("0/5") == 1


def test_stopping_is_shown_until_all_have_stopped() -> None:
    terminal = Terminal()
    terminal.tell(started(), JobStarted("clean", 1, 1), Tick(()))
    shown = terminal.tell(JobEnded("report", "interrupted", 0, reason="the run was stopped"), Tick(()))
    assert shown.endswith("\n  1/5  0.8 s  stopping\n")
    shown = terminal.tell(JobEnded("clean", "interrupted", 1, 1), RunEnded("1", "daily", "interrupted", 1))
    assert shown.endswith("\n  go on with: bigflow run --resume\n")
    assert "stopping" not in shown


def test_two_attempts_with_one_id_in_two_runs() -> None:
    terminal = Terminal(several=True)
    terminal.tell(started("1"), started("2"), JobStarted("a", 1, 1), JobStarted("a", 1, 1), Tick(()))
    assert terminal.tell(Tick(())).count("   a   ") == 2
    terminal.tell(JobEnded("a", "success", 1, 1), RunEnded("1", "daily", "success", 1))
    shown = terminal.tell(Tick(()))
    assert shown.count("   a   ") == 1
    assert "\n  1/10  " in shown


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 10, 24, 100])
def test_no_more_rows_than_the_window_has(rows: int) -> None:
    terminal = Terminal(rows=rows)
    jobs = tuple(f"job{number:02}" for number in range(40))
    terminal.tell(started("1", jobs), *(JobStarted(job, 1, 1) for job in jobs))
    before = len(terminal.screen.shown)
    for _ in range(5):
        shown = terminal.tell(Tick(())).split("\n")
        assert len(terminal.screen.shown) - before <= min(rows - 1, 14)
    hidden = {4: "      and 39 more", 10: "      and 33 more", 24: "      and 28 more"}
    if rows in hidden:
        assert shown[-3] == hidden[rows]
    assert shown[-2].startswith("  0/40  ") == (rows > 1)


def test_ten_thousand_jobs_leave_the_screen_calm() -> None:
    jobs = tuple(f"job{number:04}" for number in range(10_000))
    terminal = Terminal()
    terminal.tell(started("1", jobs))
    began = time.perf_counter()
    for job in jobs:
        terminal.tell(*done(job))
    each = (time.perf_counter() - began) / len(jobs)
    lines = [line for line in terminal.screen.shown if line.startswith("  ok")]
    assert lines[-1] == "  ok  job0049   0.1 s"
    assert terminal.screen.shown[-2] == "  ...  further 'ok' lines are left out"
    assert terminal.screen.writes < 60
    assert each < 0.001
    assert "\n10000 jobs succeeded in" in terminal.tell(RunEnded("1", "daily", "success", 9))


def test_failures_are_counted_apart_and_told_whole() -> None:
    terminal = Terminal(columns=200, most=2)
    jobs = tuple(f"job{number}" for number in range(8))
    shown = terminal.tell(
        started("1", jobs), *(event for job in jobs[:4] for event in done(job)), *map(failed, jobs[4:])
    )
    assert [line.split()[:2] for line in shown.split("\n")[2:]] == [
        ["ok", "job0"],
        ["ok", "job1"],
        ["...", "further"],
        ["FAIL", "job4"],
        ["KeyError:", "'prise'"],
        ["FAIL", "job5"],
        ["KeyError:", "'prise'"],
        ["...", "further"],
        [],
    ]


@pytest.mark.parametrize("columns", [1, 5, 20, 40, 200])
def test_narrow_windows(columns: int) -> None:
    terminal = Terminal(columns=columns)
    terminal.tell(started(), JobStarted("by_country", 1, 1), JobOutput("by_country", "数える " * 50))
    before = len(terminal.screen.shown)
    for _ in range(3):
        terminal.tell(Tick(()))
        assert len(terminal.screen.shown) == before + 2
    wanted = {20: "  \\   by_…   0.8 s…", 40: "  \\   by_country   0.8 s   数える 数え…"}
    if columns in wanted:
        assert terminal.screen.shown[-3] == wanted[columns]


@given(st.lists(st.sampled_from([20, 33, 47, 80, 200]), min_size=2, max_size=6))
def test_a_window_of_changing_width_keeps_what_is_over_and_nothing_else(widths: list[int]) -> None:
    terminal = Terminal(columns=widths[0], rows=60)
    terminal.tell(started(), *done("fetch"), JobStarted("clean", 1, 1), JobStarted("report", 1, 1))
    for columns in widths:
        terminal.screen.columns = columns
        terminal.tell(JobOutput("clean", "x" * 300), Tick(()))
    terminal.screen.columns = 200
    assert len(terminal.tell(Tick(())).split("\n")) == 7
    assert "report " not in terminal.tell(RunEnded("1", "daily", "interrupted", 9))


TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
SOME_JOB = st.sampled_from(JOBS)
HAPPENING = st.one_of(
    st.builds(Tick, st.just(())),
    st.builds(JobStarted, SOME_JOB, st.integers(1, 3), st.just(3)),
    st.builds(JobOutput, SOME_JOB, TEXT),
    st.builds(JobRetried, SOME_JOB, st.just(1), st.just(3), st.just(1.0), TEXT, TEXT),
    st.builds(JobKept, SOME_JOB, st.just("why")),
    st.builds(
        JobEnded,
        SOME_JOB,
        st.sampled_from(["success", "failed", "upstream_failed", "skipped", "interrupted"]),
        st.floats(0, 1e6),
        st.integers(0, 3),
        *[TEXT] * 6,
    ),
)


@given(st.lists(HAPPENING, max_size=30), st.integers(1, 90), st.integers(1, 30))
def test_whatever_happens_only_the_lines_are_left(events: list[Event], columns: int, rows: int) -> None:
    """The screen refuses whatever would do something to it; a region that was not taken away would be seen."""
    lines = RunLines(Console(), Wording(alone=False, retries_off=True, between=False))
    whole = [started(), *events, RunEnded("1", "daily", "failed", 1.0)]
    wanted = ScreenShown(columns, rows)
    wanted.write("".join(f"{line}\n" for event in whole for line in lines.of(event)))
    terminal = Terminal(columns, rows)
    terminal.tell(*whole)
    assert terminal.screen.shown == wanted.shown


# ---- its parts


@given(st.text(max_size=200))
def test_harmless_is_harmless_and_stays_so(text: str) -> None:
    line = harmless(text)
    assert line.isprintable()
    assert harmless(line) == line


@pytest.mark.parametrize("line", ["plain", "zażółć", "数える", "e\u0301", "", "  two  "])
def test_harmless_lines_stay_as_they_are(line: str) -> None:
    assert harmless(line) == line


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("\x1b[1;31mred\x1b[m", "red"),
        ("\x1b[38;2;1;2;3mrgb", "rgb"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;never ended", ""),
        ("\x1b(B\x1b7\x1bMx", "x"),
        ("\x9b2Jx", "x"),
        ("\x1b", "\ufffd"),
        (" 5%\r10%\r", "10%"),
        ("\u2764\ufe0f", "\u2764"),
        ("a\u3000b", "a b"),
        ("\u200b\u2066a", "a"),
    ],
)
def test_harmless_by_example(line: str, wanted: str) -> None:
    assert harmless(line) == wanted


@given(st.text(st.characters(exclude_categories=["C", "Z"])), st.integers(-2, 40))
def test_clipping_takes_all_that_fits(line: str, room: int) -> None:
    clipped = clip(line, room)
    assert sum(map(width, clipped)) <= max(room, 0)
    if sum(map(width, line)) <= room:
        assert clipped == line
    elif room > 0:
        assert clipped.endswith("…")
        assert line.startswith(clipped[:-1])
        assert sum(map(width, clipped)) >= room - 1  # less only where a wide one did not fit


def test_zones_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    def first(moment: datetime) -> str:
        return said([RunStarted("1", "w", (), moment, moment, None, False)], capsys).strip()

    assert first(DAY.replace(tzinfo=UTC)).endswith(" UTC")
    assert first(DAY.replace(tzinfo=ZoneInfo("Asia/Tokyo"))).endswith(" Asia/Tokyo")
