"""Turns one job and a context into its execution in this very process: what every pod does. No journal, no retries."""

from bigflow import _ambient
from bigflow._events import JobEnded, JobStarted, Listener, RunEnded, RunStarted, State
from bigflow.runner.attempt import attempt
from bigflow.workflow.context import JobContext
from bigflow.workflow.jobs import settings
from bigflow.workflow.moment import Moment
from bigflow.workflow.workflow import Workflow


def run_job(workflow: Workflow, when: Moment, context: JobContext, tell: Listener) -> JobEnded:
    """Execute the job that the context names; an interruption passes through."""
    job = workflow.find_job(context.job_id)
    tell(
        RunStarted(
            context.run_id,
            workflow.workflow_id,
            (job.id,),
            when.runtime,
            when.interval_end,
            context.env,
            when.chosen,
        )
    )
    tell(JobStarted(job.id, context.attempt, context.attempt))
    began = _ambient.stopwatch()
    outcome = attempt(job, context, settings(job, workflow.defaults).execution_timeout_sec)
    state: State = "success" if outcome.succeeded else "failed"
    end = JobEnded(
        job.id,
        state,
        outcome.seconds,
        context.attempt,
        reason=outcome.reason,
        where=outcome.where,
        hint=outcome.hint,
        note=outcome.note,
        traceback=outcome.traceback,
    )
    tell(end)
    tell(RunEnded(context.run_id, workflow.workflow_id, state, _ambient.stopwatch() - began))
    return end
