"""A workflow's jobs one after the other: what runs, what does not, and what is told."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bigflow import Job, JobContext, Workflow
from bigflow._events import Event, JobEnded, JobStarted, RunEnded, RunStarted
from bigflow.runner.sequence import RunReport, all_jobs, one_job, run
from bigflow.workflow.edition import LATEST
from bigflow.workflow.moment import moment


class Step(Job):
    def __init__(self, id: str, ran: list[str], fails: bool = False) -> None:
        super().__init__(id)
        self.ran = ran
        self.fails = fails

    def execute(self, context: JobContext) -> None:
        assert context.job_id == self.id
        self.ran.append(self.id)
        if self.fails:
            raise ValueError(self.id)


def play(workflow: Workflow, job_id: str = "") -> tuple[RunReport, list[Event]]:
    events: list[Event] = []
    when = moment(workflow, LATEST, "2026-11-19", datetime(2026, 11, 20, tzinfo=UTC))
    context = JobContext.make(runtime=when.runtime, workflow=workflow)
    order = one_job(workflow, job_id, when, context) if job_id else all_jobs(workflow, when, context)
    return run(order, events.append), events


def test_a_failed_job_stops_only_what_needs_it() -> None:
    ran: list[str] = []
    a, b, c, d, e = (Step(name, ran, fails=name == "b") for name in "abcde")
    report, events = play(Workflow("w", {a: [b, c], b: [d], c: [e]}))
    assert ran == ["a", "b", "c", "e"]
    assert {end.job_id: end.state for end in report.jobs} == {
        "a": "success", "b": "failed", "c": "success", "d": "upstream_failed", "e": "success",
    }  # fmt: skip
    assert report.state == "failed"
    assert next(end.reason for end in report.jobs if end.job_id == "d") == "b failed"
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], RunEnded)
    assert [type(event) for event in events].count(JobStarted) == 4


def test_one_job_needs_nobody() -> None:
    ran: list[str] = []
    a, b = Step("a", ran, fails=True), Step("b", ran)
    report, _ = play(Workflow("w", [a, b]), "b")
    assert (ran, report.succeeded) == (["b"], True)


@given(st.data())
def test_states_equal_a_plain_model(data: Any) -> None:
    """Success: ran and did not fail. Failed: all that it needs succeeded, and it failed. Else not run."""
    size = data.draw(st.integers(1, 9))
    arrows = {
        after: data.draw(st.sets(st.integers(0, after - 1), max_size=3)) if after else set() for after in range(size)
    }
    failing = data.draw(st.sets(st.integers(0, size - 1)))
    ran: list[str] = []
    steps = [Step(str(number), ran, fails=number in failing) for number in range(size)]
    report, events = play(
        Workflow("w", {step: [steps[n] for n in range(size) if at in arrows[n]] for at, step in enumerate(steps)})
    )
    expected: dict[str, str] = {}
    for number in range(size):
        fine = all(expected[str(parent)] == "success" for parent in arrows[number])
        expected[str(number)] = ("failed" if number in failing else "success") if fine else "upstream_failed"
    assert {end.job_id: end.state for end in report.jobs} == expected
    assert report.succeeded == (set(expected.values()) == {"success"})
    assert sorted(ran) == sorted(job for job, state in expected.items() if state != "upstream_failed")
    assert [event.job_id for event in events if isinstance(event, JobEnded)] == [end.job_id for end in report.jobs]
