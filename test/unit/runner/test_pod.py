"""What an attempt's container is given, and what its log is found to say."""

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow import JobContext, Workflow, job
from bigflow.errors import UsageError
from bigflow.runner.backends import Task
from bigflow.runner.backends.pod import Limits, Told, limits, secrets, told_by, variables, words

PARAMS: dict[str, object] = {"country": "PL", "days": [1, 2], "full": True}


@job(id="load")
def load(context: JobContext) -> None:
    """Nothing: it is only spoken of."""


def task(log: str = "", **params: object) -> Task:
    workflow = Workflow("daily", [load], params=PARAMS, secrets=["bf_token", "bf_absent"])
    context = JobContext.make(runtime=datetime(2026, 1, 2), workflow=workflow, env="dev")._replace(
        job_id="load", run_id="7", attempt=2, interval_end=datetime(2026, 1, 3), params={**PARAMS, **params}
    )
    return Task(load, context, 60, log, "shop")


def test_the_command_of_the_pod() -> None:
    assert words(task()) == (
        *("python", "-m", "bigflow", "run", "--job", "daily.load", "--runtime", "2026-01-02 00:00:00"),
        *("--project-package", "shop", "--config", "dev"),
    )


def test_params_that_are_not_the_defaults_are_told_as_they_are_read() -> None:
    told = words(task(country="DE", days=[3], full=False))
    assert [word for word in told if "=" in word] == ["country=DE", "days=[3]", "full=False"]


def test_variables_say_which_run_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    told = dict(variables(task().context, {"MODE": "x", "BF_RUN_ID": "mine"}))
    expected = {"BF_RUN_ID": "7", "BF_ATTEMPT": "2", "BF_ENV": "dev", "BF_INTERVAL_END": "2026-01-03 00:00:00"}
    assert told == {"MODE": "x", **expected}


def test_only_declared_secrets_and_those_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("bf_token", "s3cret")
    monkeypatch.setenv("BF_OTHER", "not declared")
    assert secrets(task().context) == {"BF_TOKEN": "s3cret"}


@pytest.mark.parametrize(
    ("memory", "cpu", "expected"),
    [
        ("2Gi", "500m", Limits(2 << 30, 0.5, "2Gi")),
        ("64Mi", 2, Limits(64 << 20, 2.0, "64Mi")),
        ("1.5G", "0.25", Limits(1_500_000_000, 0.25, "1.5G")),
        (1 << 20, 0, Limits(1 << 20, 0.0, str(1 << 20))),
        (0, 0, Limits()),
    ],
)
def test_quantities(memory: str | int, cpu: str | int, expected: Limits) -> None:
    assert limits({"memory": memory, "cpu": cpu}, "load") == expected


@given(st.integers(1, 10**6), st.sampled_from(["Ki", "Mi", "Gi"]))
def test_binary_units_are_powers_of_1024(number: int, unit: str) -> None:
    assert limits({"memory": f"{number}{unit}"}, "x").memory == number << 10 * (1 + "KMG".index(unit[0]))


@pytest.mark.parametrize("value", ["2GB", "much", "-1Gi", "", "1 Gi", "1e9x"])
def test_what_is_no_quantity(value: str) -> None:
    with pytest.raises(UsageError, match="job load has resources with memory = "):
        limits({"memory": value}, "load")


INSIDE = """\
daily  runtime 2026-01-02 00:00:00 UTC
Traceback (most recent call last):
  File "/opt/venv/lib/python3.12/site-packages/shop/workflow.py", line 7, in load
KeyError: 'prise'
  FAIL load  0.0 s
       KeyError: 'prise'   /opt/venv/lib/python3.12/site-packages/shop/workflow.py:7
1 failed in 0.0 s
"""


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (INSIDE, Told("KeyError: 'prise'", "shop/workflow.py:7")),
        ("  FAIL load  0.1 s\n       sys.exit(3)   /usr/lib/x.py:9\n", Told("sys.exit(3)", "/usr/lib/x.py:9")),
        ("  FAIL other  0.1 s\n       x\nthe end\n\n", Told("the end")),
        ("exec: python: not found", Told("exec: python: not found")),
        ("x" * 100_000 + "\nlast", Told("last")),
        ("", Told()),
    ],
)
def test_what_a_log_says(tmp_path: Path, log: str, expected: Told) -> None:
    path = tmp_path / "log"
    path.write_text(log)
    assert told_by(task(str(path))) == expected


def test_a_log_that_is_gone() -> None:
    assert told_by(task("/nowhere/log")) == Told()
