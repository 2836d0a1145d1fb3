"""Turns JOBS and SHAPE into dagster ops that do nothing, with a process each."""

# mypy: ignore-errors
import os

from dagster import In, Nothing, Out, job, multiprocess_executor, op


@op(out=Out(Nothing))
def first():
    """An op that does nothing."""


@op(ins={"before": In(Nothing)}, out=Out(Nothing))
def empty():
    """An op that does nothing, after another one."""


@job(executor_def=multiprocess_executor)
def jobs():
    """All of them."""
    root = latest = first.alias("job_0")()
    for number in range(1, int(os.environ["JOBS"])):
        latest = empty.alias(f"job_{number}")(latest if os.environ["SHAPE"] == "chain" else root)
