"""Turns a workflow into the list of everything that is wrong with it."""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from bigflow.errors import BigflowError, Finding, nearest
from bigflow.workflow import graph
from bigflow.workflow.edition import LATEST, settled
from bigflow.workflow.jobs import KNOWN_OPTIONS, JobSettings, settings
from bigflow.workflow.source import where

if TYPE_CHECKING:
    from bigflow.workflow.workflow import Workflow

LONGEST_ID = 250  # Airflow's column for DAG and task ids
TRIGGER_RULES = (
    "all_success", "all_failed", "all_done", "all_done_setup_success", "all_skipped", "one_failed", "one_success",
    "one_done", "none_failed", "none_failed_min_one_success", "none_skipped", "always",
)  # fmt: skip


def findings(workflow: "Workflow") -> list[Finding]:
    """All rules, over the workflow, its graph and each of its jobs."""
    rules = (_workflow_id, graph_findings, _schedule, _defaults, _jobs)
    return [finding for rule in rules for finding in rule(workflow)]


def graph_findings(workflow: "Workflow") -> list[Finding]:
    """The rules without which there is no order to run the jobs in."""
    rules: tuple[Callable[[Workflow], Iterator[Finding]], ...] = (_empty, _strangers, _twins, _cycles)
    return [finding for rule in rules for finding in rule(workflow)]


def _workflow_id(workflow: "Workflow") -> Iterator[Finding]:
    yield from _id("workflow", workflow.workflow_id, where(workflow))


def _empty(workflow: "Workflow") -> Iterator[Finding]:
    if not workflow.graph.jobs:
        yield Finding(
            f"workflow {workflow.workflow_id!r} has no jobs",
            where(workflow),
            "give it some: definition=[first, second]",
        )


def _strangers(workflow: "Workflow") -> Iterator[Finding]:
    """Things in the graph that are no jobs."""
    for job in workflow.graph.jobs:
        if isinstance(job, type):
            hint = f"write {job.__name__}() instead of {job.__name__}"
        elif callable(job) and not _executable(job):
            hint = "decorate the function with @job"
        elif not _executable(job):
            hint = "a job has an id and a method execute(context)"
        else:
            continue
        yield Finding(f"workflow {workflow.workflow_id!r}: {_shown(job)} is not a job", where(workflow), hint)


def _twins(workflow: "Workflow") -> Iterator[Finding]:
    """Two jobs with one id."""
    first: dict[str, object] = {}
    for job in workflow.graph.jobs:
        job_id = getattr(job, "id", None)
        if not isinstance(job_id, str) or not _executable(job):
            continue
        twin = first.setdefault(job_id, job)
        if twin is not job:
            yield Finding(
                f"workflow {workflow.workflow_id!r} has two jobs with the id {job_id!r}",
                where(job),
                f"the other one is at {where(twin)}; give one of them another id",
            )


def _cycles(workflow: "Workflow") -> Iterator[Finding]:
    for cycle in graph.cycles(workflow.graph):
        ids = [_shown(workflow.graph.jobs[number]) for number in cycle]
        if len(ids) > 12:
            ids = [*ids[:6], f"({len(ids) - 11} more)", *ids[-5:]]
        yield Finding(
            f"workflow {workflow.workflow_id!r} has a cycle: {' -> '.join([*ids, ids[0]])}",
            where(workflow),
            "a job cannot wait for itself; take one of these arrows out of the definition",
        )


def _schedule(workflow: "Workflow") -> Iterator[Finding]:
    try:
        schedule = settled(workflow, LATEST).schedule
        from bigflow.schedule.periods import check

        check(schedule)
    except BigflowError as error:
        message = f"workflow {workflow.workflow_id!r}: {error.message}"
        yield Finding(message, where(workflow), error.hint)


def _defaults(workflow: "Workflow") -> Iterator[Finding]:
    for name in workflow.defaults:
        if name not in KNOWN_OPTIONS:
            meant = nearest(name, KNOWN_OPTIONS)
            yield Finding(
                f"workflow {workflow.workflow_id!r}: defaults has no option {name!r}",
                where(workflow),
                f"did you mean {meant!r}?" if meant else f"options of a job: {', '.join(KNOWN_OPTIONS)}",
            )


def _jobs(workflow: "Workflow") -> Iterator[Finding]:
    for job in workflow.graph.jobs:
        if not _executable(job):
            continue
        yield from _id("job", getattr(job, "id", None), where(job))
        for problem, hint in _wrong_settings(settings(job, workflow.defaults)):
            yield Finding(f"job {_shown(job)!r}: {problem}", where(job), hint)


def _wrong_settings(said: JobSettings) -> Iterator[tuple[str, str]]:
    for name, least in (("retry_count", 0), ("retry_pause_sec", 0), ("execution_timeout_sec", 1)):
        value = getattr(said, name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < least:
            yield f"{name}={value!r} must be a number of at least {least}", f"for instance {name}={least + 3}"
    if said.trigger_rule not in TRIGGER_RULES:
        meant = nearest(str(said.trigger_rule), TRIGGER_RULES)
        yield (
            f"trigger_rule={said.trigger_rule!r} is not one of Airflow's",
            f"did you mean {meant!r}?" if meant else f"rules: {', '.join(TRIGGER_RULES)}",
        )


def _id(kind: str, value: object, place: str) -> Iterator[Finding]:
    """Ids become DAG and task ids (Airflow), and names and labels of pods (Kubernetes)."""
    if not isinstance(value, str) or not value:
        yield Finding(f"a {kind} has no id (found {value!r})", place, f"every {kind} needs one, such as 'daily_sales'")
    elif len(value) > LONGEST_ID:
        yield Finding(
            f"the {kind} id '{value[:40]}...' has {len(value)} characters; Airflow stops at {LONGEST_ID}",
            place,
            "choose a shorter one",
        )
    elif not re.fullmatch(r"[\w.-]+", value):
        wrong = "".join(dict.fromkeys(re.sub(r"[\w.-]", "", value)))
        yield Finding(
            f"the {kind} id {value!r} has characters that Airflow refuses: {wrong!r}",
            place,
            f"letters, digits, '_', '-' and '.' are fine: {_repaired(value)!r}",
        )
    elif not value.isascii():
        yield Finding(
            f"the {kind} id {value!r} has letters that Kubernetes refuses in the names and labels of pods",
            place,
            f"use ASCII letters: {_repaired(value)!r}",
        )
    elif not re.search(r"[A-Za-z0-9]", value):
        yield Finding(f"the {kind} id {value!r} has no letter or digit", place, "Kubernetes cannot name a pod after it")


def _repaired(value: str) -> str:
    import unicodedata

    plain = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", plain).strip("_") or "my_id"


def _executable(job: object) -> bool:
    if isinstance(job, type):
        return False
    return callable(getattr(job, "execute", None)) or (hasattr(job, "id") and callable(getattr(job, "run", None)))


def _shown(job: object) -> str:
    job_id = getattr(job, "id", None)
    return job_id if isinstance(job_id, str) and job_id else getattr(job, "__name__", repr(job))
