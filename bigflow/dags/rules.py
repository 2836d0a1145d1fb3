"""Turns a DagSpec into what Airflow or Kubernetes would refuse of it, in the words of those who wrote the workflow."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from bigflow.dags import pod_rules
from bigflow.dags.pod_rules import LONGEST_SEC, RESERVED_VARIABLES, Problems, short
from bigflow.dags.spec import Alert, DagSpec, Param, TaskSettings

LONGEST_ID = 250
LONGEST_TAG = 100
MANY_JOBS = 1_000  # where Airflow's DAG processor and pages begin to be slow
RESERVED_PARAM = "runtime"

_ID = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)
_SECRET = re.compile(r"[a-z]([a-z0-9_]*[a-z0-9])?", re.ASCII)


class Broken(NamedTuple):
    """One thing that would be refused. An empty job id: it is about the whole workflow."""

    job_id: str
    message: str
    hint: str


def broken(spec: DagSpec) -> Iterator[Broken]:
    """All of them."""
    for message, hint in _of_dag(spec):
        yield Broken("", message, hint)
    known: dict[TaskSettings, list[tuple[str, str]]] = {}  # most jobs share theirs
    for task in spec.tasks:
        if task.settings not in known:
            known[task.settings] = list(pod_rules.problems(task.settings))
        for message, hint in (*_id("task", task.job_id), *known[task.settings]):
            yield Broken(task.job_id, message, hint)


def doubtful(spec: DagSpec) -> Iterator[Broken]:
    """What works, and yet is worth a word."""
    if len(spec.tasks) > MANY_JOBS:
        yield Broken(
            "",
            f"{len(spec.tasks)} jobs in one DAG: Airflow takes seconds to parse it each time, and its pages minutes",
            f"split it into workflows of fewer than {MANY_JOBS} jobs, or let one job do more",
        )


def _of_dag(spec: DagSpec) -> Problems:
    yield from _id("DAG", spec.dag_id)
    for tag in spec.tags:
        if not tag or len(tag) > LONGEST_TAG:
            yield f"Airflow would refuse the tag {short(tag)}", f"a tag has 1 to {LONGEST_TAG} characters"
    for secret in spec.secrets:
        yield from _secret(secret)
    for param in spec.params:
        yield from _param(param)
    if spec.max_active_runs < 1:
        yield f"max_active_runs={spec.max_active_runs} would never let it run", "write 1 or more"
    if spec.deadline_sec is not None and not 1 <= spec.deadline_sec <= LONGEST_SEC:
        yield f"the deadline of {spec.deadline_sec:g} s is none", "write deadline=timedelta(hours=3), say"
    for alert in spec.alerts:
        yield from _alert(alert)


def _id(kind: str, name: str) -> Problems:
    if len(name) > LONGEST_ID or not _ID.fullmatch(name):
        hint = f"letters, digits, '_', '-' and '.', {LONGEST_ID} at the most: choose a shorter or plainer id"
        yield f"Airflow would refuse the {kind} id {short(name)} ({len(name)} characters)", hint


def _alert(alert: Alert) -> Problems:
    if not alert.connection:
        yield f"the alert {alert.kind} has no connection", "name a connection that your Airflow knows"
    if alert.kind == "email" and not alert.to:
        yield "the alert email has no address", "write email('team@example.com')"


def _secret(name: str) -> Problems:
    if not _SECRET.fullmatch(name):
        plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_0123456789") or "bf_password"
        yield (
            f"no secret can have the name {name!r}: Kubernetes would look for {name.replace('_', '-')!r}",
            f"small letters, digits, and '_' between them: {plain!r}",
        )
    elif name in RESERVED_VARIABLES:
        yield f"the secret {name!r} has the name of a variable of the framework's own", "give it another name"


def _param(param: Param) -> Problems:
    if param.name == RESERVED_PARAM:
        yield "the param 'runtime' is there already: it says which period a run is for", "give yours another name"
    elif not param.name or "=" in param.name:
        yield f"no param can have the name {param.name!r}", "leave out the '=': params are given as NAME=VALUE"
