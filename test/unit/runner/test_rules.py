"""Trigger rules, against what Airflow's dependency (TriggerRuleDep of 2.11 and 3.3) makes of counted parents."""

from itertools import product

import pytest
from support.reference_run import RULES as REFERENCE

from bigflow.runner.rules import Before, state_of_run, verdict
from bigflow.workflow.validation import TRIGGER_RULES

# What the scheduler sets a task to for these counts (without: nothing yet), and how many parents the rule still
# misses before it lets the task run. Written from the source, in its order and with its names.
COUNTS = [
    Before(total, success, failed, upstream_failed, skipped)
    for total in range(1, 5)
    for success, failed, upstream_failed, skipped in product(range(5), repeat=4)
    if success + failed + upstream_failed + skipped <= total
]


def airflow_sets(rule: str, upstream: int, success: int, failed: int, upstream_failed: int, skipped: int) -> str | None:
    done = success + failed + upstream_failed + skipped
    bad = failed or upstream_failed
    finds: dict[str, list[tuple[object, str]]] = {
        "all_success": [(bad, "upstream_failed"), (skipped, "skipped")],
        "all_failed": [(success or skipped, "skipped")],
        "one_success": [
            (done >= upstream and done == skipped, "skipped"),
            (done >= upstream and success <= 0, "upstream_failed"),
        ],
        "one_failed": [(done >= upstream and not bad, "skipped")],
        "one_done": [(done >= upstream and not (failed or success), "skipped")],
        "none_failed": [(bad, "upstream_failed")],
        "none_failed_min_one_success": [(bad, "upstream_failed"), (skipped == upstream, "skipped")],
        "none_skipped": [(skipped, "skipped")],
        "all_skipped": [(success or bad, "skipped")],
    }
    return next((state for holds, state in finds.get(rule, []) if holds), None)


def airflow_misses(rule: str, upstream: int, success: int, failed: int, upstream_failed: int, skipped: int) -> bool:
    done = success + failed + upstream_failed + skipped
    return {
        "always": False,
        "all_success": upstream - success > 0,
        "all_failed": upstream - failed - upstream_failed > 0,
        "all_done": done < upstream,
        "all_done_setup_success": done < upstream,
        "all_skipped": upstream - skipped > 0,
        "one_success": success <= 0,
        "one_failed": not failed and not upstream_failed,
        "one_done": success + failed <= 0,
        "none_failed": upstream - success - skipped > 0,
        "none_failed_min_one_success": upstream - success - skipped > 0,
        "none_skipped": done < upstream or skipped > 0,
    }[rule]


@pytest.mark.parametrize("rule", TRIGGER_RULES)
def test_every_rule_is_airflows(rule: str) -> None:
    for before in COUNTS:
        waits = "wait" if airflow_misses(rule, *before) else "run"
        airflow = airflow_sets(rule, *before) or waits
        if rule == "all_success" and airflow == "skipped" and not before.done:
            airflow = "wait"  # the one answer that Airflow would have to take back if a failure followed
        assert verdict(rule, before) == airflow, before


@pytest.mark.parametrize("rule", TRIGGER_RULES)
def test_a_job_without_parents_is_run(rule: str) -> None:
    assert verdict(rule, Before(0)) == "run"


@pytest.mark.parametrize("rule", TRIGGER_RULES)
def test_what_is_decided_early_is_never_taken_back(rule: str) -> None:
    """Else the state of a job would depend on which parent was the faster."""
    for before in COUNTS:
        early = verdict(rule, before)
        assert before.done <= (early != "wait")
        for later in COUNTS if early != "wait" else ():
            if later.total == before.total and all(b <= a for a, b in zip(later, before, strict=True)):
                assert verdict(rule, later) == early, (before, later)


@pytest.mark.parametrize("rule", TRIGGER_RULES)
def test_the_reference_model_knows_the_rule(rule: str) -> None:
    for before in COUNTS:
        if before.done:
            names = ("success", "failed", "upstream_failed", "skipped")
            states = [name for name, count in zip(names, before[1:], strict=True) for _ in range(count)]
            assert REFERENCE[rule](states) == verdict(rule, before), before


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ([], "success"),
        (["success", "skipped"], "success"),
        (["skipped"], "success"),
        (["success", "failed"], "failed"),
        (["upstream_failed"], "failed"),
    ],
)
def test_the_state_of_a_run(last: list[str], expected: str) -> None:
    assert state_of_run(last) == expected  # type: ignore[arg-type]
