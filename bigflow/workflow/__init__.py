"""The model: turns jobs and what follows what into a Workflow that can be checked, ordered and run."""

from bigflow.workflow.context import JobContext
from bigflow.workflow.definition import Definition
from bigflow.workflow.jobs import Job, job
from bigflow.workflow.workflow import InvalidJobGraph, Workflow

__all__ = ["Definition", "InvalidJobGraph", "Job", "JobContext", "Workflow", "job"]
