"""Turns JOBS and SHAPE into an Airflow DAG of Python tasks that do nothing."""

# mypy: ignore-errors
import os

from airflow.sdk import DAG, task


@task
def empty():
    """A task that does nothing."""


with DAG("jobs"):
    first = latest = empty.override(task_id="job_0")()
    for number in range(1, int(os.environ["JOBS"])):
        this = empty.override(task_id=f"job_{number}")()
        (latest if os.environ["SHAPE"] == "chain" else first) >> this
        latest = this
