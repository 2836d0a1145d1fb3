"""Turns the states of the jobs before one into what becomes of it, and states of the last jobs into that of the run."""

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple, TypeAlias

from bigflow._events import State

Verdict: TypeAlias = Literal["wait", "run", "skipped", "upstream_failed"]


class Before(NamedTuple):
    """How many jobs come before one, and in which final states those are that have one."""

    total: int
    success: int = 0
    failed: int = 0
    upstream_failed: int = 0
    skipped: int = 0

    @property
    def done(self) -> bool:
        return self.success + self.failed + self.upstream_failed + self.skipped == self.total

    @property
    def bad(self) -> int:
        return self.failed + self.upstream_failed


def verdict(rule: str, before: Before) -> Verdict:
    """What Airflow makes of a task with this trigger rule; what cannot change any more is decided early."""
    if rule == "always" or not before.total:
        return "run"
    return _RULES[rule](before)


def state_of_run(last: Iterable[State]) -> State:
    """The run's final state, from those of the jobs that nothing follows."""
    return "failed" if any(state in ("failed", "upstream_failed") for state in last) else "success"


def _all_success(before: Before) -> Verdict:
    """Airflow skips at the first skipped parent, and so shows one or the other when a failure follows; we wait."""
    if before.bad:
        return "upstream_failed"
    return "skipped" if before.skipped and before.done else _when_done(before)


def _all_failed(before: Before) -> Verdict:
    return "skipped" if before.success or before.skipped else _when_done(before)


def _all_skipped(before: Before) -> Verdict:
    return "skipped" if before.success or before.bad else _when_done(before)


def _one_success(before: Before) -> Verdict:
    if before.success:
        return "run"
    if not before.done:
        return "wait"
    return "upstream_failed" if before.bad else "skipped"


def _one_failed(before: Before) -> Verdict:
    if before.bad:
        return "run"
    return "skipped" if before.done else "wait"


def _one_done(before: Before) -> Verdict:
    if before.success or before.failed:
        return "run"
    return "skipped" if before.done else "wait"


def _none_failed(before: Before) -> Verdict:
    return "upstream_failed" if before.bad else _when_done(before)


def _none_failed_min_one_success(before: Before) -> Verdict:
    if before.bad:
        return "upstream_failed"
    return "skipped" if before.skipped == before.total else _when_done(before)


def _none_skipped(before: Before) -> Verdict:
    return "skipped" if before.skipped else _when_done(before)


def _when_done(before: Before) -> Verdict:
    return "run" if before.done else "wait"


_RULES: dict[str, Callable[[Before], Verdict]] = {
    "all_success": _all_success,
    "all_failed": _all_failed,
    "all_done": _when_done,
    "all_done_setup_success": _when_done,  # no job of ours is a setup
    "all_skipped": _all_skipped,
    "one_failed": _one_failed,
    "one_success": _one_success,
    "one_done": _one_done,
    "none_failed": _none_failed,
    "none_failed_min_one_success": _none_failed_min_one_success,
    "none_skipped": _none_skipped,
}
