"""The model: turns jobs and what follows what into a Workflow that can be checked, ordered and run."""

from bigflow.schedule import daily_start_time, hourly_start_time
from bigflow.workflow.context import JobContext
from bigflow.workflow.definition import Definition
from bigflow.workflow.jobs import Job, job
from bigflow.workflow.workflow import InvalidJobGraph, Workflow

__all__ = [
    "Definition",
    "InvalidJobGraph",
    "Job",
    "JobContext",
    "Workflow",
    "daily_start_time",
    "hourly_start_time",
    "job",
]
