"""Which periods a backfill has, what happens to each of them, and what comes of that."""

import os
import signal
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow import Job, JobContext, Workflow
from bigflow._events import Event, JobEnded, JobOutput, RunEnded, RunStarted
from bigflow.errors import UsageError
from bigflow.runner.backfill import Backfill, Rerun, Result, Series, Step, called, decide, forecast, span
from bigflow.runner.journal import Header, Recorded
from bigflow.runner.local import Way
from bigflow.runner.selection import Selection
from bigflow.runner.store import KEPT, LOGS_KEPT, Store
from bigflow.schedule import ScheduleError
from bigflow.workflow.edition import EDITIONS, LATEST
from bigflow.workflow.moment import Moment

NOW = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
INLINE = Way(isolation="inline")


class Noting(Job):
    """Notes for which day it ran, and fails on some."""

    def __init__(self, id: str, ran: list[str] | None = None, fails_on: Iterable[int] = ()) -> None:
        super().__init__(id)
        self.ran: list[str] = [] if ran is None else ran
        self.fails_on = set(fails_on)

    def execute(self, context: JobContext) -> None:
        self.ran.append(f"{self.id} {context.runtime.day}")
        os.write(1, b"ran\n")  # past what captures the output of tests: into the log of the attempt
        if context.runtime.day in self.fails_on:
            raise ValueError(context.runtime.day)


daily = Workflow("daily", [Noting("a"), Noting("b"), Noting("c")], params={"top": 5, "since": datetime(2026, 1, 1)})


def days(*numbers: int) -> tuple[Moment, ...]:
    return tuple(Moment(datetime(2026, 1, n), datetime(2026, 1, n) + timedelta(days=1), False) for n in numbers)


def run_of(day: int, run_id: str = "1", state: Any = "success", done: Sequence[str] = "abc", **said: Any) -> Recorded:
    header = Header(
        run_id=run_id,
        workflow_id=said.get("workflow_id", "daily"),
        runtime=datetime(2026, 1, day).isoformat(),
        interval_end=None,
        env=said.get("env"),
        params=said.get("params", {"top": 5, "since": "2026-01-01 00:00:00"}),
        jobs=("a", "b", "c"),
        kept=said.get("kept", {}),
        resumes=None,
        began=0.0,
        selection=said.get("selection", Selection()),
    )
    return Recorded(header, (), dict.fromkeys(done, "success"), state, 1.0)


class TestSpan:
    """The periods themselves are those of `schedule.periods`, which is compared with Airflow elsewhere."""

    def runtimes(self, workflow: Workflow, start: datetime, end: datetime, now: datetime = NOW) -> list[str]:
        return [called(moment.runtime) for moment in span(workflow, LATEST, start, end, now).moments]

    def test_both_ends_belong_to_it(self) -> None:
        workflow = Workflow("w", [Noting("a")])
        found = span(workflow, LATEST, datetime(2026, 1, 1), datetime(2026, 1, 3), NOW)
        assert found.moments == days(1, 2, 3)
        assert found.unfinished == 0

    def test_ends_need_not_lie_on_the_schedule(self) -> None:
        workflow = Workflow("w", [Noting("a")])
        assert self.runtimes(workflow, datetime(2026, 1, 1, 0, 0, 1), datetime(2026, 1, 3, 23)) == [
            "2026-01-02",
            "2026-01-03",
        ]

    def test_days_are_those_of_the_workflows_zone(self) -> None:
        workflow = Workflow("w", [Noting("a")], timezone="Europe/Warsaw")
        found = span(workflow, LATEST, datetime(2026, 10, 24), datetime(2026, 10, 26), NOW)
        assert [called(moment.runtime) for moment in found.moments] == [
            "2026-10-24",
            "2026-10-25",
            "2026-10-26",
        ]
        assert [str(moment.interval_end) for moment in found.moments][1:] == [
            "2026-10-26 00:00:00+01:00",
            "2026-10-27 00:00:00+01:00",
        ]

    def test_a_skipped_and_a_doubled_hour(self) -> None:
        hourly = Workflow("w", [Noting("a")], schedule="@hourly", timezone="Europe/Warsaw")
        spring = self.runtimes(hourly, datetime(2026, 3, 29, 1), datetime(2026, 3, 29, 4))
        assert [word[11:] for word in spring] == ["01:00+01:00", "03:00+02:00", "04:00+02:00"]
        autumn = self.runtimes(hourly, datetime(2026, 10, 25, 1), datetime(2026, 10, 25, 3))
        assert [word[11:] for word in autumn] == ["01:00+02:00", "02:00+02:00", "02:00+01:00", "03:00+01:00"]
        nowhere = self.runtimes(hourly, datetime(2026, 3, 29, 2, 30), datetime(2026, 3, 29, 4))
        assert [word[11:] for word in nowhere] == ["04:00+02:00"]

    def test_it_begins_with_the_start_date(self) -> None:
        workflow = Workflow("w", [Noting("a")], start_date="2026-01-02")
        assert self.runtimes(workflow, datetime(2025, 1, 1), datetime(2026, 1, 3)) == [
            "2026-01-02",
            "2026-01-03",
        ]

    def test_a_timedelta_has_the_runtimes_of_its_own_runs(self) -> None:
        seven = {"schedule": timedelta(hours=7), "start_date": "2026-01-01 05:17"}
        ends = datetime(2026, 1, 1), datetime(2026, 1, 1, 23)
        assert [w[11:] for w in self.runtimes(Workflow("w", [Noting("a")], catchup=True, **seven), *ends)] == [
            "05:17", "12:17", "19:17",
        ]  # fmt: skip
        assert [w[11:] for w in self.runtimes(Workflow("w", [Noting("a")], catchup=False, **seven), *ends)] == [
            "07:00", "14:00", "21:00",
        ]  # fmt: skip
        # The edition decides where the workflow says nothing.
        legacy = span(Workflow("w", [Noting("a")], **seven), EDITIONS["1.11"], *ends, NOW)
        assert legacy.moments[0].runtime == datetime(2026, 1, 1, 5, 17)

    def test_what_is_not_over_is_only_counted(self) -> None:
        workflow = Workflow("w", [Noting("a")])
        found = span(workflow, LATEST, datetime(2026, 11, 18), datetime(2026, 11, 22), NOW)
        assert [moment.runtime.day for moment in found.moments] == [18, 19]
        assert found.unfinished == 3
        midnight = datetime(2026, 11, 21, tzinfo=UTC)
        assert len(span(workflow, LATEST, datetime(2026, 11, 20), datetime(2026, 11, 20), midnight).moments) == 1

    @pytest.mark.parametrize(
        "options, start, end, message",
        [
            ({}, (2026, 1, 2), (2026, 1, 1), "--end 2026-01-01 is before --start 2026-01-02"),
            ({"schedule": None}, (2026, 1, 1), (2026, 1, 2), "its schedule is None"),
            ({"schedule": "@once", "start_date": "2026-01-01"}, (2026, 1, 1), (2026, 1, 2), "its schedule is '@once'"),
            ({"schedule": "@monthly"}, (2026, 1, 2), (2026, 1, 31), "no period of w starts between"),
            ({"start_date": "2026-02-01"}, (2026, 1, 1), (2026, 1, 31), "no period of w starts between"),
            ({}, (2026, 11, 20), (2026, 11, 22), r"no period of w that starts between .* is over yet"),
            ({"schedule": "* * * * *"}, (2026, 1, 1), (2026, 1, 31), "more than 10,000 periods"),
            ({"schedule": "@hourly"}, (1, 1, 1), (2026, 1, 1), "out of reach"),
        ],
    )
    def test_ranges_that_are_none(self, options: Any, start: Any, end: Any, message: str) -> None:
        with pytest.raises(UsageError, match=message):
            span(Workflow("w", [Noting("a")], **options), LATEST, datetime(*start), datetime(*end), NOW)

    def test_the_order_of_the_ends_is_that_of_the_clock_on_the_wall_and_of_the_sun(self) -> None:
        """02:30 in winter comes after 02:30 in summer time, though both are written alike."""
        workflow = Workflow("w", [Noting("a")], schedule="@hourly", timezone="Europe/Warsaw")
        summer = datetime.fromisoformat("2026-10-25T02:00+02:00")
        winter = datetime.fromisoformat("2026-10-25T02:00+01:00")
        assert len(self.runtimes(workflow, summer, winter)) == 2
        with pytest.raises(UsageError, match="is before"):
            span(workflow, LATEST, winter, summer, NOW)
        assert len(self.runtimes(workflow, datetime(2026, 10, 25), summer)) == 3, (
            "one may say its offset, the other not"
        )

    def test_an_empty_day_is_told_with_what_there_is(self) -> None:
        workflow = Workflow("w", [Noting("a")], schedule="@daily", start_date="2026-02-01", timezone="Europe/Warsaw")
        with pytest.raises(UsageError) as error:
            span(workflow, LATEST, datetime(2026, 1, 1), datetime(2026, 1, 2), NOW)
        assert error.value.hint == "its schedule is '@daily' in Europe/Warsaw, from 2026-02-01 on"

    def test_a_schedule_that_gets_stuck_is_an_error_and_no_endless_walk(self) -> None:
        workflow = Workflow("w", [Noting("a")], schedule="@hourly", timezone="Australia/Lord_Howe")
        with pytest.raises(ScheduleError, match="never get past"):
            span(workflow, LATEST, datetime(2026, 4, 4), datetime(2026, 4, 6), NOW)


class TestDecide:
    @pytest.mark.parametrize(
        "last, rerun, fate, why",
        [
            (None, "nothing", "run", "never run here"),
            (run_of(1), "nothing", "keep", "run 1 succeeded"),
            (run_of(1), "failed", "keep", "run 1 succeeded"),
            (run_of(1), "all", "run", "run 1 succeeded; --rerun all"),
            (run_of(1, state="failed", done="a"), "nothing", "leave", "run 1 failed; --rerun failed goes on with it"),
            (run_of(1, state="failed", done="a"), "failed", "resume", "run 1 failed; 2 of 3 jobs left"),
            (run_of(1, state="failed", done="a"), "all", "run", "run 1 failed; --rerun all"),
            (run_of(1, state="interrupted", done="a"), "nothing", "resume", "run 1 was interrupted; 2 of 3 jobs left"),
            (run_of(1, state=None, done=""), "nothing", "resume", "run 1 was killed; 3 of 3 jobs left"),
            (
                run_of(1, state=None, kept={"a": "7"}, done="b"),
                "failed",
                "resume",
                "run 1 was killed; 1 of 3 jobs left",
            ),
            (run_of(1, state=None), "all", "run", "run 1 was killed; --rerun all"),
            (run_of(1, params={"top": 3}), "nothing", "keep", "run 1 succeeded, with other params"),
            (run_of(1, state=None, params={}), "nothing", "run", "run 1 was killed, but with other params"),
            (run_of(1, state="failed", params={"top": 3}), "failed", "run", "run 1 failed, but with other params"),
            (
                run_of(1, state="failed", params={"top": 3}),
                "nothing",
                "leave",
                "run 1 failed; --rerun failed goes on with it",
            ),
            (run_of(1, env="prod"), "nothing", "run", "never run here"),
            (run_of(1, workflow_id="weekly"), "nothing", "run", "never run here"),
            (run_of(2), "nothing", "run", "never run here"),
            (run_of(1, done="b", selection=Selection(only=("b",))), "nothing", "run", "never run here"),
        ],
    )
    def test_one_period(self, last: Recorded | None, rerun: Rerun, fate: str, why: str) -> None:
        (step,) = decide(Series(daily, None, daily.params), days(1), [last] if last else [], rerun)
        assert (step.fate, step.why) == (fate, why)
        assert step.last is (last if fate == "resume" else None)

    def test_a_run_of_some_jobs_does_not_hide_a_run_of_all(self) -> None:
        some = run_of(1, "2", state="failed", done="", selection=Selection(skip=("a",)))
        (step,) = decide(Series(daily, None, daily.params), days(1), [some, run_of(1, "1")])
        assert (step.fate, step.why) == ("keep", "run 1 succeeded")

    def test_the_past_is_read_no_further_than_needed(self) -> None:
        def recorded() -> Iterable[Recorded]:
            yield run_of(2)
            yield run_of(1)
            raise AssertionError("read too far")

        decide(Series(daily, None, daily.params), days(1, 2), recorded())

    def test_in_order_nothing_runs_behind_a_failure_that_is_left_alone(self) -> None:
        recorded = [run_of(4), run_of(2, state="failed"), run_of(5, state=None)]
        steps = decide(Series(daily, None, daily.params, in_order=True), days(1, 2, 3, 4, 5), recorded)
        assert [step.fate for step in steps] == ["run", "leave", "wait", "keep", "wait"]
        assert {step.why for step in steps if step.fate == "wait"} == {"2026-01-02 failed"}
        assert all(step.last is None for step in steps)
        again = decide(Series(daily, None, daily.params, in_order=True), days(1, 2, 3, 4, 5), recorded, "failed")
        assert [step.fate for step in again] == ["run", "resume", "run", "keep", "resume"]

    def test_the_first_failure_is_the_one_that_is_named(self) -> None:
        recorded = [run_of(1, state="failed"), run_of(3, state="failed")]
        *_, last = decide(Series(daily, None, daily.params, in_order=True), days(1, 2, 3, 4), recorded)
        assert (last.fate, last.why) == ("wait", "2026-01-01 failed")

    @given(st.data())
    def test_it_is_what_a_plain_model_says(self, data: Any) -> None:
        """The newest run of the day, in this environment, of all jobs, decides; then, in order, the first failure."""
        one = st.tuples(
            st.integers(1, 4),
            st.sampled_from(["success", "failed", "interrupted", None]),
            st.sampled_from(["dev", "prod"]),
            st.booleans(),
        )
        past = data.draw(st.lists(one, max_size=12))
        rerun: Rerun = data.draw(st.sampled_from(["nothing", "failed", "all"]))
        in_order = data.draw(st.booleans())
        recorded = [
            run_of(day, str(100 - at), state, "a", env=env, selection=Selection(only=("a",)) if some else Selection())
            for at, (day, state, env, some) in enumerate(past)
        ]
        steps = decide(Series(daily, "dev", daily.params, in_order), days(1, 2, 3, 4), recorded, rerun)

        expected = []
        stopped = False
        for day in (1, 2, 3, 4):
            states = [state for that, state, env, some in past if (that, env, some) == (day, "dev", False)]
            if not states or rerun == "all":
                fate = "run"
            elif states[0] == "success":
                fate = "keep"
            elif states[0] == "failed":
                fate = "resume" if rerun == "failed" else "leave"
            else:
                fate = "resume"
            expected.append("wait" if stopped and fate in ("run", "resume") else fate)
            stopped = stopped or (in_order and fate == "leave")
        assert [step.fate for step in steps] == expected
        assert [step.moment for step in steps] == list(days(1, 2, 3, 4))
        for step in steps:
            newest = [
                run for run in recorded
                if run.header.runtime == step.moment.runtime.isoformat()
                and run.header.env == "dev" and not run.header.selection
            ][:1]  # fmt: skip
            assert step.last == (newest[0] if step.fate == "resume" else None)


class TestForecast:
    def test_as_long_as_those_before(self) -> None:
        assert forecast([10, 20], 4, 1) == 60
        assert forecast([10, 20], 4, 2) == 30
        assert forecast([10], 1, 8) == 10, "one is not shared among eight"
        assert forecast([], 5, 1) == 0
        assert forecast([10], 0, 1) == 0

    @given(st.lists(st.floats(0.01, 1e4), min_size=1), st.integers(1, 1000), st.integers(1, 50))
    def test_it_lies_between_the_best_and_the_worst(self, seconds: list[float], left: int, abreast: int) -> None:
        rounds = left / min(left, abreast)
        assert min(seconds) * rounds * 0.999 <= forecast(seconds, left, abreast) <= max(seconds) * rounds * 1.001


class TestBackfill:
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return Store(str(tmp_path / "runs"))

    @pytest.fixture
    def play(self, store: Store) -> Callable[..., tuple[list[Result], Backfill, list[Event]]]:
        def play(
            workflow: Workflow,
            *numbers: int,
            rerun: Rerun = "nothing",
            stops: bool = False,
            way: Way = INLINE,
            apart: bool = False,
        ) -> tuple[list[Result], Backfill, list[Event]]:
            events: list[Event] = []
            series = Series(workflow, None, workflow.params, in_order=stops, retries=False)
            backfill = Backfill(series, decide(series, days(*numbers), store.newest(), rerun), stops)
            return list(backfill.run(store, way, events.append, apart)), backfill, events

        return play

    def test_every_period_in_order(self, play: Any) -> None:
        ran: list[str] = []
        results, backfill, events = play(Workflow("w", [Noting("a", ran), Noting("b", ran)]), 1, 2, 3)
        assert ran == ["a 1", "b 1", "a 2", "b 2", "a 3", "b 3"]
        assert [result.ending for result in results] == ["succeeded"] * 3
        assert list(backfill.results()) == results
        assert not backfill.interrupted
        assert [event.runtime.day for event in events if isinstance(event, RunStarted)] == [1, 2, 3]

    def test_a_failure_does_not_stop_the_others(self, play: Any) -> None:
        ran: list[str] = []
        workflow = Workflow("w", [Noting("a", ran, fails_on=[2]), Noting("b", ran)])
        _, backfill, _ = play(workflow, 1, 2, 3)
        assert [result.ending for result in backfill.results()] == ["succeeded", "failed", "succeeded"]
        assert backfill.results()[1].why == "a: ValueError: 2"
        assert not backfill.interrupted

    def test_in_order_it_does(self, play: Any) -> None:
        ran: list[str] = []
        workflow = Workflow("w", [Noting("a", ran, fails_on=[2])])
        results, backfill, _ = play(workflow, 1, 2, 3, 4, stops=True)
        assert ran == ["a 1", "a 2"]
        assert len(results) == 2
        assert [(result.ending, result.why) for result in backfill.results()] == [
            ("succeeded", ""),
            ("failed", "a: ValueError: 2"),
            ("not run", "2026-01-02 failed"),
            ("not run", "2026-01-02 failed"),
        ]
        assert not backfill.interrupted

    def test_going_on_executes_exactly_what_is_missing(self, play: Any) -> None:
        ran: list[str] = []
        first = Noting("a", ran)
        second = Noting("b", ran, fails_on=[2])
        workflow = Workflow("w", [first, second])
        play(workflow, 1, 2)
        ran.clear()
        second.fails_on.clear()
        _, backfill, _ = play(workflow, 1, 2, 3)
        assert ran == ["a 3", "b 3"]
        assert [result.ending for result in backfill.results()] == ["kept", "failed", "succeeded"]
        _, backfill, _ = play(workflow, 1, 2, 3, rerun="failed")
        assert ran == ["a 3", "b 3", "b 2"]
        assert [result.ending for result in backfill.results()] == ["kept", "succeeded", "kept"]
        ran.clear()
        play(workflow, 1, 2, rerun="all")
        assert ran == ["a 1", "b 1", "a 2", "b 2"]

    def test_a_period_that_somebody_else_runs_is_not_run(self, play: Any, store: Store) -> None:
        ran: list[str] = []
        with store.locked("w", datetime(2026, 1, 2), "17"):
            results, backfill, _ = play(Workflow("w", [Noting("a", ran)]), 1, 2, 3)
        assert ran == ["a 1", "a 3"]
        assert len(results) == 2
        two = backfill.results()[1]
        assert two.ending == "not run"
        assert two.why.startswith("w is being run for 2026-01-02 00:00:00 already, as run 17, process ")

    def test_periods_are_free_again_as_soon_as_they_are_done(self, store: Store) -> None:
        seen: list[int] = []

        class Looks(Job):
            id = "looks"

            def execute(self, context: JobContext) -> None:
                if context.runtime.day > 1:
                    with store.locked("w", context.runtime - timedelta(days=1), "17"):
                        seen.append(context.runtime.day)
                with pytest.raises(UsageError, match="as run of a backfill"), store.locked("w", context.runtime, "17"):
                    pass

        series = Series(Workflow("w", [Looks()]), None, {}, retries=False)
        backfill = Backfill(series, decide(series, days(1, 2, 3), ()))
        assert [result.why for result in backfill.run(store, INLINE, lambda event: None)] == ["", "", ""]
        assert seen == [2, 3]

    def test_two_backfills_of_a_workflow_at_a_time_are_one_too_many(self, store: Store) -> None:
        with store.locked_for_backfill("w"), store.locked_for_backfill("other"):
            told = pytest.raises(UsageError, match=r"w is being backfilled already, by the backfill, process \d+")
            with told, store.locked_for_backfill("w"):
                pass
        with store.locked_for_backfill("w"):
            pass

    def test_side_by_side_each_run_is_told_in_one_piece(self, play: Any) -> None:
        workflow = Workflow("w", [Noting("a"), Noting("b", fails_on=[3])])
        way = Way(parallel=4, abreast=4)
        results, backfill, events = play(workflow, 1, 2, 3, 4, 5, 6, way=way, apart=True)
        told = [event for event in events if isinstance(event, RunStarted | JobEnded | RunEnded)]
        for at in range(0, len(told), 4):
            begin, *_, end = told[at : at + 4]
            assert isinstance(begin, RunStarted) and isinstance(end, RunEnded)
            assert begin.run_id == end.run_id
        assert not any(isinstance(event, JobOutput) for event in events)
        assert {result.step.moment.runtime.day: result.ending for result in results} == {
            1: "succeeded", 2: "succeeded", 3: "failed", 4: "succeeded", 5: "succeeded", 6: "succeeded",
        }  # fmt: skip
        assert [result.step.moment.runtime.day for result in backfill.results()] == [1, 2, 3, 4, 5, 6]

    def test_ctrl_c_is_the_end_of_it(self, play: Any) -> None:
        class Stopped(Job):
            id = "stopped"

            def execute(self, context: JobContext) -> None:
                if context.runtime.day == 2:
                    signal.raise_signal(signal.SIGINT)

        results, backfill, _ = play(Workflow("w", [Stopped()]), 1, 2, 3)
        assert [result.ending for result in results] == ["succeeded", "interrupted"]
        assert [result.why for result in backfill.results()][2] == "2026-01-02 was interrupted"
        assert backfill.interrupted
        _, backfill, _ = play(Workflow("w", [Noting("stopped")]), 1, 2, 3)
        assert [result.ending for result in backfill.results()] == ["kept", "succeeded", "succeeded"]

    def test_a_signal_between_two_runs_counts_too(self, store: Store) -> None:
        series = Series(Workflow("w", [Noting("a")]), None, {}, retries=False)
        backfill = Backfill(series, decide(series, days(1, 2), ()))
        for _ in backfill.run(store, INLINE, lambda event: None):
            signal.raise_signal(signal.SIGINT)
        assert backfill.interrupted
        assert [(result.ending, result.why) for result in backfill.results()] == [
            ("succeeded", ""),
            ("not run", "the backfill was stopped"),
        ]

    def test_nothing_to_do(self, play: Any) -> None:
        workflow = Workflow("w", [Noting("a")])
        play(workflow, 1)
        results, backfill, events = play(workflow, 1)
        assert (results, events) == ([], [])
        assert [result.ending for result in backfill.results()] == ["kept"]
        assert not backfill.interrupted


class TestWhatIsRemembered:
    def test_a_backfill_of_many_periods_keeps_what_it_must_know(self, tmp_path: Path) -> None:
        """Logs of old runs make room; that a period succeeded is not forgotten."""
        store = Store(str(tmp_path / "runs"))
        workflow = Workflow("w", [Noting("a")])
        series = Series(workflow, None, {}, retries=False)
        count = LOGS_KEPT + 20
        moments = tuple(Moment(datetime(2026, 1, 1) + timedelta(days=at), None, False) for at in range(count))
        backfill = Backfill(series, decide(series, moments, store.newest()))
        assert sum(result.ending == "succeeded" for result in backfill.run(store, INLINE, lambda e: None)) == count
        assert {step.fate for step in decide(series, moments, store.newest())} == {"keep"}
        with_logs = [folder for folder in (tmp_path / "runs").iterdir() if (folder / "logs").is_dir()]
        assert len(with_logs) == LOGS_KEPT
        assert count < KEPT

    def test_a_step_knows_whether_it_executes(self) -> None:
        (moment,) = days(1)
        fates: Any = ("run", "resume", "keep", "leave", "wait")
        assert [Step(moment, fate, "").executes for fate in fates] == [True, True, False, False, False]
