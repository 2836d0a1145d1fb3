"""Turns a small workflow, and how often each job fails, into the final states that Airflow would show."""

from collections.abc import Callable, Sequence
from typing import NamedTuple


class RefJob(NamedTuple):
    """One job: `parents` are positions before its own; the first `failing` attempts fail."""

    parents: tuple[int, ...] = ()
    rule: str = "all_success"
    failing: int = 0
    tries: int = 1
    action: str = "execute"


def final_states(jobs: Sequence[RefJob]) -> list[str]:
    """The state of each job, worked out when all before it have theirs: no rule depends on who was first."""
    states: list[str] = []
    for job in jobs:
        states.append(_state(job, [states[parent] for parent in job.parents]))
    return states


def attempts(job: RefJob, state: str) -> int:
    """How often a job is executed on the way to its state."""
    if job.action != "execute" or state not in ("success", "failed"):
        return 0
    return min(job.failing + 1, job.tries)


def run_state(jobs: Sequence[RefJob], states: Sequence[str]) -> str:
    """A run failed if one of the jobs that nothing follows did, or could not be run."""
    followed = {parent for job in jobs for parent in job.parents}
    leaves = {state for place, state in enumerate(states) if place not in followed}
    return "failed" if leaves & {"failed", "upstream_failed"} else "success"


def _state(job: RefJob, before: list[str]) -> str:
    if job.action == "kept":
        return "success"
    rule = "all_success" if job.action == "left out" else job.rule
    verdict = RULES[rule](before) if before else "run"
    if verdict != "run":
        return verdict
    return "success" if job.action == "left out" or job.failing < job.tries else "failed"


def _bad(before: list[str]) -> bool:
    return "failed" in before or "upstream_failed" in before


def _one_success(before: list[str]) -> str:
    if "success" in before:
        return "run"
    return "upstream_failed" if _bad(before) else "skipped"


def _all_success(before: list[str]) -> str:
    return "upstream_failed" if _bad(before) else "skipped" if "skipped" in before else "run"


def _min_one_success(before: list[str]) -> str:
    return "upstream_failed" if _bad(before) else "run" if "success" in before else "skipped"


RULES: dict[str, Callable[[list[str]], str]] = {
    "always": lambda before: "run",
    "all_done": lambda before: "run",
    "all_done_setup_success": lambda before: "run",
    "all_success": _all_success,
    "all_failed": lambda before: "skipped" if {"success", "skipped"} & {*before} else "run",
    "all_skipped": lambda before: "run" if {*before} == {"skipped"} else "skipped",
    "one_failed": lambda before: "run" if _bad(before) else "skipped",
    "one_success": _one_success,
    "one_done": lambda before: "run" if {"success", "failed"} & {*before} else "skipped",
    "none_failed": lambda before: "upstream_failed" if _bad(before) else "run",
    "none_failed_min_one_success": _min_one_success,
    "none_skipped": lambda before: "skipped" if "skipped" in before else "run",
}
