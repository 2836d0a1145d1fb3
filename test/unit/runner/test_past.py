"""What became of a run, also where its journal ends in the middle."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow import Job, JobContext, Workflow, _ambient
from bigflow._events import State
from bigflow.runner.journal import Attempted, Header, Recorded
from bigflow.runner.local import Ask, Way, run_all
from bigflow.runner.past import Past, past
from bigflow.runner.store import Store
from bigflow.workflow.moment import Moment

BEGAN = 1_000_000.0
HEADER = Header(
    run_id="7",
    workflow_id="daily",
    runtime="2026-11-19T00:00:00",
    interval_end=None,
    env=None,
    params={},
    jobs=("a", "b", "c"),
    kept={},
    resumes=None,
    began=BEGAN,
)


def recorded(*attempts: Attempted, state: State | None = None, header: Header = HEADER, **states: State) -> Recorded:
    return Recorded(header, attempts, states, state, None if state is None else 60.0)


def attempt(job: str, number: int, at: float, state: State | None = None, seconds: float = 0.0) -> Attempted:
    return Attempted(job, number, BEGAN + at, state, seconds)


def states(known: Past) -> dict[str, str]:
    return {job.id: job.state for job in known.jobs}


def test_a_run_that_was_killed() -> None:
    """The last sign of life is as far as anybody knows."""
    told = recorded(attempt("a", 1, 1, "success", 8), attempt("b", 1, 3), a="success")
    known = past(told, None)
    assert (known.state, known.seconds, known.can_go_on) == ("killed", 9.0, True)
    assert states(known) == {"a": "success", "b": "killed", "c": "not run"}
    assert known.jobs[1].tries[0].seconds == 6.0
    assert known.count() == {"ok": 1, "running": 0, "failed": 1, "not run": 1}


def test_the_same_run_while_it_is_on_its_way() -> None:
    known = past(recorded(attempt("a", 1, 1, "success", 8), attempt("b", 1, 3), a="success"), BEGAN + 30)
    assert (known.state, known.seconds, known.can_go_on) == ("running", 30.0, False)
    assert states(known) == {"a": "success", "b": "running", "c": "not run"}
    assert known.jobs[1].tries[0].seconds == 27.0


def test_a_job_that_failed_before_is_what_its_open_attempt_is() -> None:
    told = recorded(attempt("a", 1, 1, "failed", 1), attempt("a", 2, 3), a="failed")
    assert states(past(told, None))["a"] == "killed"


def test_what_was_kept_and_what_was_left_out() -> None:
    header = HEADER._replace(kept={"a": "5"}, resumes="6")
    known = past(recorded(attempt("b", 1, 1, "success", 1), state="success", header=header, b="success"), None)
    assert states(known) == {"a": "kept", "b": "success", "c": "left out"}
    assert known.jobs[0].why == "succeeded in run 5"
    assert known.count() == {"ok": 2, "running": 0, "failed": 0, "not run": 1}
    assert known.seconds == 60.0


def test_an_interrupted_job_failed_only_if_it_had_begun() -> None:
    told = recorded(attempt("a", 1, 1, "interrupted", 1), state="interrupted", a="interrupted", b="interrupted")
    assert past(told, None).count() == {"ok": 0, "running": 0, "failed": 1, "not run": 2}


def test_an_attempt_whose_beginning_is_lost() -> None:
    told = recorded(Attempted("a", 1, 0.0, "success", 2.0), state="success", a="success")
    assert past(told, None).jobs[0].tries[0].began is None


def test_a_job_that_the_header_does_not_know_is_not_lost() -> None:
    assert (
        states(past(recorded(attempt("stranger", 1, 1, "failed", 1), stranger="failed"), None))["stranger"] == "failed"
    )


attempts = st.builds(
    Attempted,
    st.sampled_from(["a", "b", "c", "d"]),
    st.integers(1, 3),
    st.floats(0, 2 * BEGAN),
    st.sampled_from([None, *get_args(State)]),
    st.floats(0, 1e6),
)


@given(
    st.lists(attempts, max_size=8),
    st.dictionaries(st.sampled_from("abc"), st.sampled_from(get_args(State))),
    st.sampled_from([None, *get_args(State)]),
    st.none() | st.floats(BEGAN, 3 * BEGAN),
)
def test_whatever_a_journal_says_each_job_is_counted_once(
    made: list[Attempted], final: dict[str, State], state: State | None, now: float | None
) -> None:
    known = past(Recorded(HEADER, tuple(made), final, state, None), now)
    assert len({job.id for job in known.jobs}) == len(known.jobs)
    assert sum(known.count().values()) == len(known.jobs)
    assert sum(len(job.tries) for job in known.jobs) == len(made)
    assert known.seconds >= 0
    assert all(one.seconds >= 0 for job in known.jobs for one in job.tries)


@pytest.mark.parametrize("state", get_args(State))
def test_what_can_go_on(state: State) -> None:
    assert past(recorded(state=state), None).can_go_on == (state != "success")


@pytest.mark.parametrize("now", [None, BEGAN - 3600])
def test_a_clock_that_was_set_back_makes_nothing_shorter_than_nothing(now: float | None) -> None:
    told = recorded(attempt("a", 1, 2, "success", 8), attempt("b", 1, -3590), a="success")
    known = past(told, now)
    assert known.seconds >= 0
    assert all(one.seconds >= 0 for job in known.jobs for one in job.tries)


def test_a_clock_that_is_set_back_while_a_run_goes_on_changes_no_duration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Durations and limits follow a clock that nobody can set; only the times of day that are written down jump."""
    moments = iter(datetime(2026, 11, 19, hour, tzinfo=UTC) for hour in range(23, -1, -1))
    monkeypatch.setattr(_ambient, "now", lambda: next(moments))

    class Nap(Job):
        def execute(self, context: JobContext) -> None:
            time.sleep(0.01)

    workflow = Workflow("naps", [Nap("one"), Nap("two")], schedule_interval=None)
    asked = Ask(workflow, Moment(datetime(2026, 11, 19), None, chosen=False), None, {})
    store = Store(str(tmp_path / "runs"))
    (report,) = run_all(iter([asked]), store, Way(isolation="inline"), lambda event: None)
    assert report.state == "success"
    assert all(0.01 <= end.seconds < 10 for end in report.jobs)
    assert 0.02 <= past(store.recorded(report.run_id), None).seconds < 10
