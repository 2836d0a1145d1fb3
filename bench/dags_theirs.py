"""Turns the same workflows into DAG files by the peer, and tells the seconds that each file takes."""

import sys
import time
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bigflow import Job, Workflow
from bigflow.dagbuilder import generate_dag_file  # type: ignore[import-not-found]


class Empty(Job):
    retry_count = 3
    retry_pause_sec = 60
    execution_timeout_sec = 10800

    def __init__(self, id: str) -> None:
        self.id = id

    def execute(self, context: object) -> None:
        pass


def main(files: int, jobs: int, target: str) -> None:
    with TemporaryDirectory() as folder:
        out = target or folder
        Path(out, ".dags").mkdir(exist_ok=True)
        every = [
            Workflow(f"bench_{number}", [Empty(f"job_{place}") for place in range(jobs)], secrets=["bf_password"])
            for number in range(files)
        ]
        start = datetime(2026, 11, 20)
        generate_dag_file(out, "bench/image:1.0", every[0], start, "1.0", "bench_project")
        began = time.perf_counter()
        for one in every:
            generate_dag_file(out, "bench/image:1.0", one, start, "1.0", "bench_project")
        print((time.perf_counter() - began) / files)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")
