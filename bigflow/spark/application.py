"""Turns a job's wishes and its context into the Spark application that one attempt submits."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from bigflow import _ambient
from bigflow.workflow.context import JobContext


@dataclass(frozen=True, slots=True)
class Application:
    """What is to be run, free of where."""

    entry_script: str
    arguments: tuple[str, ...]
    spark_conf: Mapping[str, str]
    name: str  # for people
    token: str  # who submits it a second time with the same token means the same run
    labels: Mapping[str, str]
    limit: float  # seconds
    defined_at: str  # file:line of the job


def label(text: str) -> str:
    """The text with nothing but what labels of all engines may have."""
    return re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-")[:63]


def labels(context: JobContext) -> dict[str, str]:
    """By which the application is found again among others."""
    told = {"workflow": context.workflow_id or "", "job": context.job_id, "runtime": context.runtime_str}
    return {f"bigflow-{name}": label(value) for name, value in told.items() if value}


def token(context: JobContext) -> str:
    """The same for all that one attempt does in one pod, also after a restart of its container.

    Not for the attempt alone: a run that is deleted in Airflow and triggered again has the same names, and its old
    result would be taken for the new one.
    """
    here = _ambient.environment().get("HOSTNAME", "") if _ambient.in_pod() else uuid4().hex
    told = (context.env, context.workflow_id, context.job_id, context.runtime_str, context.run_id, context.attempt)
    return hashlib.sha256(repr((*told, here)).encode()).hexdigest()[:40]
