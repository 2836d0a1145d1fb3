"""Gives the tests of the runner runs that are driven for real, with short graces."""

from collections.abc import Callable
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest

from bigflow import JobContext, Workflow, job
from bigflow._events import Event, JobEnded
from bigflow.runner.backends import Backend, backend
from bigflow.runner.drive import Driver, Manner, Run
from bigflow.runner.journal import Header, Journal, Recorded, read
from bigflow.runner.plan import Wishes, plan
from bigflow.runner.report import RunReport
from bigflow.workflow.moment import Moment

MOMENT = Moment(datetime(2026, 11, 19), None, chosen=False)


class Played(NamedTuple):
    """What came of a run."""

    report: RunReport
    events: list[Event]
    recorded: Recorded
    folder: Path

    def end(self, job_id: str) -> JobEnded:
        return next(end for end in self.report.jobs if end.job_id == job_id)

    def log(self, job_id: str, number: int = 1) -> str:
        return (self.folder / "logs" / f"{job_id}.{number}.log").read_text(errors="replace")


Play = Callable[..., Played]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    numbers = count(1)

    def played(
        definition: object,
        *,
        manner: Manner = Manner(parallel=2, grace=0.5),  # noqa: B008 - a value
        wishes: Wishes = Wishes(),  # noqa: B008 - a value
        on: Backend | str = "process",
        package: str = "",
    ) -> Played:
        workflow = definition if isinstance(definition, Workflow) else Workflow("w", definition)  # type: ignore[arg-type]
        folder = tmp_path / "runs" / str(next(numbers))
        made = plan(workflow, wishes)
        header = Header(
            "1", "w", MOMENT.runtime.isoformat(), None, None, {}, tuple(j.id for j in made.jobs), {}, None, 0
        )
        context = JobContext.make(runtime=MOMENT.runtime, workflow=workflow)._replace(run_id="1")
        events: list[Event] = []
        journal = Journal(str(folder), header)
        driver = Driver(backend(on) if isinstance(on, str) else on, manner, events.append)
        (report,) = driver.drive([Run(made, MOMENT, context, journal, package)])
        return Played(report, events, read(str(folder)), folder)

    return played


def step(id: str, work: Callable[[JobContext], object], **options: object) -> object:
    return job(id=id, **{"retry_count": 0, "retry_pause_sec": 0.05, **options})(work)  # type: ignore[arg-type,call-overload]


@pytest.fixture
def steps() -> Callable[..., object]:
    """Makes a job of a function, without retries and hardly any pause."""
    return step
