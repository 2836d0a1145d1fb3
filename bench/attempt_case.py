"""Turns forks of a process that has imported the framework, bare ones and attempts, into seconds on standard output."""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

from bigflow.project.discovery import find_workflow
from bigflow.runner.backends import Task
from bigflow.runner.backends.process import make
from bigflow.workflow.context import JobContext

WARM_UP = 20


def bare() -> None:
    """The least that a process of its own costs."""
    process = os.fork()
    if not process:
        os._exit(0)
    os.waitpid(process, 0)


def main(rounds: int) -> None:
    """In turns: a bare fork, an attempt."""
    workflow = find_workflow("bench_project", "jobs")
    backend = make()
    job = workflow.jobs[0]
    context = JobContext.make(workflow=workflow)._replace(job_id=job.id, attempt=1)
    seconds: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(WARM_UP + rounds):
            began = time.perf_counter()
            bare()
            between = time.perf_counter()
            ticket = backend.start(Task(job, context, 60.0, str(Path(folder, f"{number}.log"))))
            while not (ended := list(backend.wait(60.0))):
                pass
            seconds.append((between - began, time.perf_counter() - between))
            assert [(one.ticket, one.outcome.succeeded) for one in ended] == [(ticket, True)], ended
        backend.close()
    print(json.dumps(seconds[WARM_UP:]))


if __name__ == "__main__":
    main(int(sys.argv[1]))
