"""Turns jobs of a workflow into executions one after the other; what needs a failed job is not run."""

from typing import NamedTuple

from bigflow import _ambient
from bigflow._events import JobEnded, JobStarted, Listener, RunEnded, RunStarted, State
from bigflow.runner.attempt import attempt
from bigflow.workflow.context import JobContext
from bigflow.workflow.jobs import JobLike, settings
from bigflow.workflow.moment import Moment
from bigflow.workflow.workflow import Workflow


class Order(NamedTuple):
    """What is to be run: jobs of a workflow, in order, with all that their contexts have in common."""

    workflow: Workflow
    jobs: tuple[JobLike, ...]
    moment: Moment
    context: JobContext


class RunReport(NamedTuple):
    """The final state of a run, and of each of its jobs in the order in which they got it."""

    workflow_id: str
    state: State
    seconds: float
    jobs: tuple[JobEnded, ...]

    @property
    def succeeded(self) -> bool:
        return self.state == "success"


def one_job(workflow: Workflow, job_id: str, moment: Moment, context: JobContext) -> Order:
    """Only that job, whatever it needs."""
    return Order(workflow, (workflow.find_job(job_id),), moment, context)


def all_jobs(workflow: Workflow, moment: Moment, context: JobContext) -> Order:
    """The whole workflow. A graph without an order is refused here."""
    return Order(workflow, workflow.jobs, moment, context)


def run(order: Order, tell: Listener) -> RunReport:
    """Execute the order here and now."""
    began = _ambient.stopwatch()
    tell(_started(order))
    needs = _needs(order)
    ended: dict[str, JobEnded] = {}
    culprits: dict[str, tuple[str, ...]] = {}  # of a job without success: the failed jobs that it goes back to
    for job in order.jobs:
        guilty = tuple(dict.fromkeys(one for need in needs.get(job.id, ()) for one in culprits.get(need, ())))
        if guilty:
            end = JobEnded(job.id, "upstream_failed", 0.0, reason=f"{', '.join(guilty)} failed")
            culprits[job.id] = guilty
        else:
            end = _execute(order, job, tell)
            culprits[job.id] = () if end.state == "success" else (job.id,)
        ended[job.id] = end
        tell(end)
    state: State = "success" if all(end.state == "success" for end in ended.values()) else "failed"
    report = RunReport(order.workflow.workflow_id, state, _ambient.stopwatch() - began, tuple(ended.values()))
    tell(RunEnded(report.workflow_id, report.state, report.seconds))
    return report


def _execute(order: Order, job: JobLike, tell: Listener) -> JobEnded:
    context = order.context._replace(job_id=job.id)
    tell(JobStarted(job.id, context.attempt))
    outcome = attempt(job, context, settings(job, order.workflow.defaults).execution_timeout_sec)
    state: State = "success" if outcome.succeeded else "failed"
    return JobEnded(job.id, state, outcome.seconds, outcome.reason, outcome.where, outcome.traceback)


def _started(order: Order) -> RunStarted:
    return RunStarted(
        order.workflow.workflow_id,
        tuple(job.id for job in order.jobs),
        order.moment.runtime,
        order.moment.interval_end,
        order.context.env,
        order.moment.chosen,
    )


def _needs(order: Order) -> dict[str, tuple[str, ...]]:
    """The ids that each job waits for; a job that is run alone waits for nothing."""
    if len(order.jobs) == 1:
        return {}
    graph = order.workflow.graph
    ids = [job.id for job in graph.jobs]  # type: ignore[attr-defined]
    return {ids[number]: tuple(ids[parent] for parent in graph.parents[number]) for number in range(len(ids))}
