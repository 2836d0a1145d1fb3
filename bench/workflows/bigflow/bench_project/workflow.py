"""Turns JOBS, SHAPE and SLEEP into a workflow of jobs that do nothing, or sleep."""

import os
import time

from bigflow import Job, JobContext, Workflow


class Empty(Job):
    """A job that does nothing."""

    def execute(self, context: JobContext, /) -> None:
        if SLEEP:
            time.sleep(SLEEP)


SLEEP = float(os.environ.get("SLEEP", "0"))
empty = [Empty(f"job_{number}") for number in range(int(os.environ["JOBS"]))]
first, *rest = empty
shapes = {"chain": empty, "fan": {first: rest}, "apart": {job: [] for job in empty}}
workflow = Workflow(workflow_id="jobs", definition=shapes[os.environ["SHAPE"]], schedule_interval="@daily")
