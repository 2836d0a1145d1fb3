"""Turns workflows into DAG files by the framework, and tells the seconds that each file takes."""

import sys
import time
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bigflow import Job, JobContext, Workflow
from bigflow.builder.dagging.translation import BuiltProject, translate
from bigflow.dags.binding import Bindings, bind
from bigflow.dags.names import file_name
from bigflow.dags.render import render
from bigflow.workflow.edition import LATEST

PROJECT = BuiltProject("bench", "bench_project", LATEST, "1.0", datetime(2026, 11, 20))
PLACE = Bindings("bench/image@sha256:1", "1.0", "prod")


class Empty(Job):
    retry_count = 3
    retry_pause_sec = 60

    def execute(self, context: JobContext) -> None:
        pass


def workflow(number: int, jobs: int) -> Workflow:
    return Workflow(
        f"bench_{number}",
        [Empty(f"job_{place}") for place in range(jobs)],
        start_date="2026-01-01",
        secrets=["bf_password"],
    )


def write(made: Workflow, folder: Path) -> None:
    spec = translate(made, PROJECT)
    (folder / file_name(spec.dag_id)).write_text(render(bind(spec, PLACE)), encoding="utf-8")


def main(files: int, jobs: int, target: str) -> None:
    with TemporaryDirectory() as folder:
        out = Path(target or folder)
        write(workflow(0, jobs), out)  # what is done once a process
        every = [workflow(number, jobs) for number in range(files)]
        began = time.perf_counter()
        for one in every:
            write(one, out)
        print((time.perf_counter() - began) / files)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")
