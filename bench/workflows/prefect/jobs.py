"""Turns JOBS and SHAPE into prefect tasks that do nothing, in threads of one process."""

# mypy: ignore-errors
import os

from prefect import flow, task


@task
def empty():
    """A task that does nothing."""


@flow
def jobs():
    """All of them."""
    done = [empty.submit()]
    for _ in range(1, int(os.environ["JOBS"])):
        before = done[-1] if os.environ["SHAPE"] == "chain" else done[0]
        done.append(empty.submit(wait_for=[before]))
    for one in done:
        one.result()


if __name__ == "__main__":
    jobs()
