"""Turns a job or a workflow of yours, a runtime and params into what came of executing it, inside a test."""

import gc
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal, Self, TypeAlias

from bigflow import _ambient
from bigflow._events import State
from bigflow.errors import UsageError, nearest
from bigflow.runner.attempt import Outcome, TimedOut, attempt
from bigflow.runner.backends import Backend, Task, backend
from bigflow.runner.drive import Manner
from bigflow.runner.execution import Execution, Settled
from bigflow.runner.plan import RunPlan, Wishes, plan
from bigflow.runner.selection import Selection
from bigflow.workflow.context import JobContext
from bigflow.workflow.edition import LATEST
from bigflow.workflow.jobs import JobLike, execute, settings
from bigflow.workflow.moment import moment, with_end
from bigflow.workflow.workflow import Workflow

__all__ = ["JobFailed", "JobResult", "WorkflowResult", "run_job", "run_workflow"]


class JobFailed(Exception):
    """A job was not executed, or failed in a process of its own, from which only text comes back."""


@dataclass(frozen=True, slots=True)
class JobResult:
    """What became of one job."""

    job_id: str
    state: State
    value: object = None  # what it returned
    error: BaseException | None = None  # what it raised, if it failed
    attempts: int = 0  # none: it was not executed
    seconds: float = 0.0
    reason: str = ""  # why it failed, or was not executed

    @property
    def succeeded(self) -> bool:
        return self.state == "success"

    def raise_for_failure(self) -> Self:
        """Raise what the job raised; a job that succeeded gives itself."""
        __tracebackhide__ = True  # of pytest: it then shows the job's line
        if self.error is not None:
            raise self.error
        if not self.succeeded:
            raise JobFailed(f"job {self.job_id!r} is {self.state}: {self.reason}")
        return self


@dataclass(frozen=True, slots=True)
class WorkflowResult:
    """What became of a workflow and of its jobs, in the order in which they ended."""

    workflow_id: str
    runtime: datetime
    state: State
    jobs: tuple[JobResult, ...]

    @property
    def succeeded(self) -> bool:
        return self.state == "success"

    @property
    def order(self) -> tuple[str, ...]:
        """The jobs that were executed, in order."""
        return tuple(job.job_id for job in self.jobs if job.attempts)

    @property
    def states(self) -> dict[str, State]:
        return {job.job_id: job.state for job in self.jobs}

    @property
    def values(self) -> dict[str, object]:
        """What the jobs returned that succeeded."""
        return {job.job_id: job.value for job in self.jobs if job.succeeded}

    def __getitem__(self, job_id: str) -> JobResult:
        known = {job.job_id: job for job in self.jobs}
        if job_id not in known:
            raise KeyError(f"job {job_id!r} was not part of this run; its jobs: {', '.join(known)}")
        return known[job_id]

    def raise_for_failure(self) -> Self:
        """Raise what the first failed job raised; a run that succeeded gives itself."""
        __tracebackhide__ = True
        if not self.succeeded:
            next(job for job in self.jobs if job.state == "failed").raise_for_failure()
        return self


def run_job(
    job: JobLike | Workflow,
    job_id: str | None = None,
    *,
    runtime: datetime | date | str | None = None,
    env: str | None = None,
    params: Mapping[str, object] | None = None,
    retries: bool = False,
) -> JobResult:
    """Execute one job in this process, whatever it waits for. A job that is given alone is a workflow of its own.

    Without a runtime it is the last complete period, as with `bigflow run`; without an environment what `bf_env` says.
    """
    workflow = job if isinstance(job, Workflow) else _alone(job, params)
    if isinstance(job, Workflow) and job_id is None:
        raise UsageError(
            f"which job of {workflow.workflow_id!r} shall be run?", hint="run_job(workflow, 'job_id'), or run_workflow"
        )
    one = workflow.find_job(workflow.workflow_id if job_id is None else job_id)
    with _environment(env):
        context = _context(workflow, runtime, env, params)._replace(job_id=one.id)
        said = settings(one, workflow.defaults)
        tries = 1 + (int(said.retry_count) if retries else 0)
        return _tried(Task(one, context, said.execution_timeout_sec, ""), tries, _inline)


def run_workflow(
    workflow: Workflow,
    *,
    runtime: datetime | date | str | None = None,
    env: str | None = None,
    params: Mapping[str, object] | None = None,
    only: str | Iterable[str] = (),
    isolation: Literal["inline", "process"] = "inline",
    retries: bool = False,
) -> WorkflowResult:
    """Execute the jobs one after the other, as `bigflow run` orders them, and leave no trace on the disk.

    `only` names jobs, with globs. With isolation `process` each attempt has a process of its own: what it changes in
    memory is lost, it may crash, and neither values nor exceptions come back.
    """
    if not isinstance(workflow, Workflow):
        raise UsageError(f"{workflow!r} is no workflow", hint="run_job takes a job, run_workflow a Workflow")
    chosen = Selection(only=(only,) if isinstance(only, str) else tuple(only))
    prepared = plan(workflow, Wishes(chosen, retries))
    with _environment(env), _place(isolation) as make:
        return _executed(prepared, _context(workflow, runtime, env, params), make)


def _alone(job: JobLike, params: Mapping[str, object] | None) -> Workflow:
    if not isinstance(getattr(job, "id", None), str):
        raise UsageError(
            f"{job!r} is no job", hint="run_job takes a Job, a function with @job, or a workflow and an id"
        )
    return Workflow(job.id, [job], params=params or {})


def _context(
    workflow: Workflow, runtime: datetime | date | str | None, env: str | None, params: Mapping[str, object] | None
) -> JobContext:
    for key in params or ():
        if key not in workflow.params:
            meant = nearest(key, workflow.params)
            raise UsageError(
                f"workflow {workflow.workflow_id!r} has no param {key!r}"
                + (f"; did you mean {meant!r}?" if meant else ""),
                hint=f"its params: {', '.join(workflow.params) or 'none'}",
            )
    when = with_end(moment(workflow, LATEST, runtime, _ambient.now()), workflow, LATEST)
    return JobContext.make(runtime=when.runtime, workflow=workflow, env=env)._replace(
        interval_end=when.interval_end, params=MappingProxyType({**workflow.params, **(params or {})}), run_id="test"
    )


@contextmanager
def _environment(env: str | None) -> Iterator[None]:
    """Inside, `bf_env` is that; None changes nothing."""
    if env is None:
        yield
        return
    before = _ambient.set_variable("bf_env", env)
    try:
        yield
    finally:
        _ambient.set_variable("bf_env", before)


# Makes one attempt: how it ended, and what the job raised.
_Make: TypeAlias = Callable[[Task], tuple[Outcome, BaseException | None]]


def _executed(prepared: RunPlan, context: JobContext, make: _Make) -> WorkflowResult:
    jobs = {job.id: job for job in prepared.workflow.jobs}
    execution = Execution(prepared)
    results = [_untried(settled) for settled in execution.begin()]
    while (place := execution.next_ready(0.0)) is not None:
        planned = prepared.jobs[place]
        task = Task(jobs[planned.id], context._replace(job_id=planned.id), planned.limit, "")
        result = _tried(task, planned.tries, make)
        results += [result, *map(_untried, execution.end(place, result.state))]
    return WorkflowResult(prepared.workflow.workflow_id, context.runtime, execution.state(), tuple(results))


def _untried(settled: Settled) -> JobResult:
    return JobResult(settled.job.id, settled.state, reason=settled.why)


def _tried(task: Task, tries: int, make: _Make) -> JobResult:
    """One attempt after the other, without the pauses of production."""
    number = 0
    while True:
        number += 1
        outcome, error = make(task._replace(context=task.context._replace(attempt=number)))
        if outcome.succeeded or number >= tries:
            break
    state: State = "success" if outcome.succeeded else "failed"
    return JobResult(task.job.id, state, outcome.value, error, number, outcome.seconds, outcome.reason)


class _Watched:
    """A job that remembers what it raised."""

    def __init__(self, job: JobLike) -> None:
        self.id = job.id
        self.error: BaseException | None = None
        self._job = job

    def execute(self, context: JobContext, /) -> object:
        try:
            return execute(self._job, context)
        except BaseException as error:
            self.error = error
            raise


def _inline(task: Task) -> tuple[Outcome, BaseException | None]:
    """In this very process. Time limits need signals, which only the main thread hears: elsewhere there are none."""
    job = _Watched(task.job)
    outcome = attempt(job, task.context, task.limit)
    if outcome.succeeded:
        return outcome, None
    if job.error is None or isinstance(job.error, TimedOut):  # which is made to pass through all that a job catches
        return outcome, TimeoutError(outcome.reason)
    return outcome, job.error


@contextmanager
def _place(isolation: str) -> Iterator[_Make]:
    if isolation == "inline":
        yield _inline
        return
    if isolation != "process":
        raise UsageError(f"isolation cannot be {isolation!r}", hint="one of 'inline', 'process'")
    if threading.current_thread() is not threading.main_thread():
        raise UsageError(
            "processes are started from the main thread only", hint="isolation='inline' works in any thread"
        )
    place = backend("process")
    try:
        yield lambda task: _isolated(place, task)
    finally:
        place.close()
        gc.unfreeze()  # what was shared with the processes


def _isolated(place: Backend, task: Task) -> tuple[Outcome, BaseException | None]:
    module = str(getattr(task.job, "__module__", ""))
    _refuse_to_lose(task.job.id, module)
    ticket = place.start(task._replace(package=module.partition(".")[0]))
    kill_at = _ambient.stopwatch() + task.limit + Manner().grace
    while not (ended := list(place.wait(0.1))):
        if _ambient.stopwatch() > kill_at:
            place.stop(ticket, signal.SIGKILL)
    outcome = ended[0].outcome
    if outcome.succeeded:
        return outcome, None
    error = JobFailed(f"job {task.job.id!r} failed: {outcome.reason}   {outcome.where}".rstrip())
    if outcome.traceback:
        error.add_note(outcome.traceback)
    return outcome, error


def _refuse_to_lose(job_id: str, module: str) -> None:
    """Where processes are not forked, they import the job anew: not another module that has its module's name."""
    from bigflow.runner.backends.process import forks

    if forks():
        return
    from bigflow.runner.backends.spawning import is_found_again

    if not is_found_again(module):
        raise UsageError(
            f"a new process would not find job {job_id!r}: there, {module} is no module of a package, or another one",
            where=f"{module.replace('.', '/')}.py",
            hint="define the workflow in the project's package and import it in the test, or take isolation='inline'",
        )
