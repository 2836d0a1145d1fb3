"""Turns a workflow and wishes into a plan: every job with what it waits for, and whether it is executed."""

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

from bigflow.runner.selection import Selection, left_out
from bigflow.workflow.graph import order
from bigflow.workflow.jobs import settings
from bigflow.workflow.workflow import Workflow

# execute: run it; kept: it succeeded in the run that is resumed; left out: the user's words exclude it, and jobs
# behind it wait for those before it instead.
Action: TypeAlias = Literal["execute", "kept", "left out"]


class Wishes(NamedTuple):
    """What the user asks of a run beyond its workflow and runtime."""

    selection: Selection = Selection()
    retries: bool = True
    kept: Mapping[str, str] = {}  # job id -> the run in which it succeeded


class PlannedJob(NamedTuple):
    """One job of the plan; parents and children are positions in the plan."""

    id: str
    action: Action
    why: str
    parents: tuple[int, ...]
    children: tuple[int, ...]
    trigger_rule: str
    tries: int
    retries: int  # as declared, also where they are off
    pause: float
    limit: float


class RunPlan(NamedTuple):
    """All jobs of the workflow, each after those that it waits for."""

    workflow: Workflow
    jobs: tuple[PlannedJob, ...]

    def to_execute(self) -> tuple[PlannedJob, ...]:
        return tuple(job for job in self.jobs if job.action == "execute")


def plan(workflow: Workflow, wishes: Wishes) -> RunPlan:
    """The plan. A workflow without an order is refused."""
    jobs = workflow.jobs
    graph = workflow.graph
    places = {number: place for place, number in enumerate(order(graph))}
    reasons = left_out(wishes.selection, graph, [job.id for job in graph.jobs])  # type: ignore[attr-defined]
    planned = []
    for number, job in zip(places, jobs, strict=True):
        said = settings(job, workflow.defaults)
        action, why = _action(job.id, reasons.get(number, ""), wishes.kept)
        planned.append(
            PlannedJob(
                id=job.id,
                action=action,
                why=why,
                parents=tuple(sorted(places[parent] for parent in graph.parents[number])),
                children=tuple(sorted(places[child] for child in graph.children[number])),
                trigger_rule="all_success" if action == "left out" else said.trigger_rule,
                tries=1 + (int(said.retry_count) if wishes.retries else 0),
                retries=int(said.retry_count),
                pause=said.retry_pause_sec,
                limit=said.execution_timeout_sec,
            )
        )
    return RunPlan(workflow, tuple(planned))


def _action(job_id: str, reason: str, kept: Mapping[str, str]) -> tuple[Action, str]:
    if reason:
        return "left out", reason
    if job_id in kept:
        return "kept", f"succeeded in run {kept[job_id]}"
    return "execute", ""
