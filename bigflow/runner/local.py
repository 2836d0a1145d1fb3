"""Turns a workflow and the wishes of a user into a driven run that is written down under the project."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import NamedTuple

from bigflow import _ambient
from bigflow._events import Listener
from bigflow.errors import UsageError
from bigflow.runner.backends import Outfit, backend
from bigflow.runner.drive import Driver, Manner, Run
from bigflow.runner.journal import Header, Journal, Recorded
from bigflow.runner.plan import RunPlan, Wishes, plan
from bigflow.runner.report import RunReport
from bigflow.runner.selection import Selection
from bigflow.runner.store import Store
from bigflow.workflow.context import JobContext
from bigflow.workflow.moment import Moment
from bigflow.workflow.workflow import Workflow

RUNS = os.path.join(".bigflow", "runs")


class Ask(NamedTuple):
    """One run that is asked for."""

    workflow: Workflow
    moment: Moment
    env: str | None
    params: Mapping[str, object]
    selection: Selection = Selection()
    retries: bool = True
    resumes: Recorded | None = None
    package: str = ""
    force: bool = False
    tell: Listener | None = None  # who hears of this run alone; else who hears of all


class Way(NamedTuple):
    """How runs are executed."""

    isolation: str = "process"
    parallel: int = 1
    fail_fast: bool = False
    abreast: int = 1  # how many runs at a time
    outfit: Outfit | None = None  # for containers


def planned(ask: Ask) -> RunPlan:
    """What would be run, and why the rest would not."""
    return plan(ask.workflow, Wishes(_selection(ask), ask.retries, kept_by(ask.resumes)))


def _selection(ask: Ask) -> Selection:
    """A run that is resumed was of some jobs only, and stays so, unless others are asked for now."""
    if ask.resumes is not None and not ask.selection:
        return ask.resumes.header.selection
    return ask.selection


def kept_by(recorded: Recorded | None) -> dict[str, str]:
    """The jobs that succeeded in the run that is resumed, each with the run in which it was really executed."""
    if recorded is None:
        return {}
    here = {job: recorded.header.run_id for job, state in recorded.states.items() if state == "success"}
    return {**recorded.header.kept, **here}


def run_all(asks: Iterator[Ask], store: Store, way: Way, tell: Listener) -> Iterator[RunReport]:
    """Run what is asked for; each report as soon as its run is over. The next is asked for when there is room."""
    _keep_standard_streams()
    parallel = 1 if way.isolation == "inline" else way.parallel
    with ExitStack() as locks:
        driver = Driver(backend(way.isolation, way.outfit), Manner(parallel, way.fail_fast), tell)
        yield from driver.drive((_begun(ask, store, locks) for ask in asks), way.abreast)


def _keep_standard_streams() -> None:
    """Where 0, 1 or 2 is closed (`2>&-`), no journal and no pipe of ours may become what all the world writes to."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)


def _begun(ask: Ask, store: Store, locks: ExitStack) -> Run:
    prepared = planned(ask)
    run_id, folder = store.new_folder()
    if not ask.force:
        try:
            locks.enter_context(store.locked(ask.workflow.workflow_id, ask.moment.runtime, run_id))
        except UsageError:
            os.rmdir(folder)  # a run that was refused never was
            raise
    context = JobContext.make(runtime=ask.moment.runtime, workflow=ask.workflow, env=ask.env)._replace(
        interval_end=ask.moment.interval_end, params=ask.params, run_id=run_id
    )
    journal = Journal(folder, _header(ask, prepared, context))
    return Run(prepared, ask.moment, context, journal, ask.package, ask.tell)


def _header(ask: Ask, prepared: RunPlan, context: JobContext) -> Header:
    kept = kept_by(ask.resumes)
    return Header(
        run_id=context.run_id,
        workflow_id=ask.workflow.workflow_id,
        runtime=ask.moment.runtime.isoformat(),
        interval_end=ask.moment.interval_end.isoformat() if ask.moment.interval_end else None,
        env=ask.env,
        params=dict(ask.params),
        jobs=tuple(job.id for job in prepared.jobs),
        kept={job.id: kept[job.id] for job in prepared.jobs if job.id in kept},  # also of those left out this time
        resumes=ask.resumes.header.run_id if ask.resumes else None,
        began=_ambient.now().timestamp(),
        selection=_selection(ask),
        parents={job.id: tuple(prepared.jobs[place].id for place in job.parents) for job in prepared.jobs},
    )
