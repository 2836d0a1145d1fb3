"""Turns DAG files, by us, by the peer and by hand, into seconds to write them, and for Airflow to read them."""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.environments import KEPT, Environment, framework_wheel, of_tool, peer
from bench.measure import Spread, Timing
from bench.results import Bar, Machine, Result, tool_versions

HERE = Path(__file__).parent
FASTER = 5  # times than the peer to write a file, at least
SLOWER = 1.10  # times as long to read as the shortest file by hand, at most
GROWTH = 1.2  # times as long a job in a file of ten times the jobs, at most
AIRFLOWS = ("3.3.2", "2.11.2")
JOBS, READ_JOBS = 50, 20
BY_HAND = """\
from datetime import datetime, timedelta, timezone

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.cncf.kubernetes.secret import Secret

try:
    from airflow.sdk import DAG, Param
except ImportError:
    from airflow import DAG
    from airflow.models.param import Param
try:
    from airflow.sdk import CronDataIntervalTimetable
except ImportError:
    from airflow.timetables.interval import CronDataIntervalTimetable

RUNTIME = "{{ params['runtime'] or data_interval_start.strftime('%Y-%m-%d %H:%M:%S') }}"
with DAG(
    dag_id="hand_NUMBER",
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    params={"runtime": Param(None, type=["null", "string"])},
    default_args={
        "owner": "airflow", "retries": 3, "retry_delay": timedelta(seconds=60),
        "execution_timeout": timedelta(seconds=10800), "image": "bench/image@sha256:1",
        "startup_timeout_seconds": 600, "active_deadline_seconds": 10800, "kubernetes_conn_id": "kubernetes_default",
        "cmds": ["python", "-m", "bigflow", "run"], "do_xcom_push": False, "log_events_on_failure": True,
        "on_finish_action": "delete_pod",
        "secrets": [Secret(deploy_type="env", deploy_target="bf_password", secret="bf-password", key="bf_password")],
    },
) as dag:
    last = None
    for place in range(JOBS):
        job = KubernetesPodOperator(
            task_id=f"job_{place}",
            name=f"bench-job-{place}",
            arguments=["--job", f"bench.job_{place}", "--runtime", RUNTIME, "--project-package", "bench_project",
                       "--config", "{{ var.value.get('env', 'prod') }}"],
            env_vars={"BF_RUN_ID": "{{ run_id }}", "BF_ATTEMPT": "{{ ti.try_number }}"},
            labels={"bigflow-project": "bench", "bigflow-workflow": "bench", "bigflow-job": f"job_{place}"},
        )
        if last:
            job.set_upstream(last)
        last = job
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one Airflow took to read so many files of each kind, round by round."""

    airflow: str
    files: int
    ours: Sequence[float]
    by_hand: Sequence[float]
    theirs: Sequence[float]  # empty where they cannot be read

    def bars(self) -> Iterator[Bar]:
        name = f"Airflow {self.airflow}, {self.files} files of {READ_JOBS} jobs: ours"
        yield Bar(f"{name} / the shortest by hand", _ratio(self.ours, self.by_hand), "at most", SLOWER)
        if self.theirs:
            yield Bar(f"{name} / allegro's", _ratio(self.ours, self.theirs), "at most", 1.0)

    def figures(self) -> Iterator[Timing]:
        for kind, seconds in (("ours", self.ours), ("by hand", self.by_hand), ("allegro's", self.theirs)):
            if seconds:
                yield _timing(f"Airflow {self.airflow} reads {self.files} files of {READ_JOBS} jobs, {kind}", seconds)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=9, help="how often each is measured (default: 9)")
    options.add_argument("--files", type=int, default=1_000, help="workflows to write (default: 1000)")
    asked = options.parse_args()
    machine = Machine.this()
    desk, rival = of_tool("dags", "3.12", [str(framework_wheel()), "jinja2"]), peer()
    rounds = [
        (_seconds(desk, "dags_ours.py", asked.files, JOBS), _seconds(rival, "dags_theirs.py", asked.files, JOBS),
         _seconds(desk, "dags_ours.py", asked.files // 10, 10 * JOBS))
        for _ in range(asked.rounds)
    ]  # fmt: skip
    ours, theirs, tenfold = ([one[column] for one in rounds] for column in range(3))
    airflows = {version: _airflow(version) for version in AIRFLOWS}
    readings = [_reading(airflows[version], version, files, (desk, rival), asked.rounds)
                for version in AIRFLOWS for files in (100, 500)]  # fmt: skip
    return Result(
        script="dags",
        machine=machine,
        versions=tool_versions() | {one.name: one.contents() for one in (desk, rival, *airflows.values())},
        bars=[
            Bar(f"a file of {JOBS} jobs: seconds by allegro / by us", _ratio(theirs, ours), "at least", FASTER),
            Bar(
                f"seconds a job, in files of {10 * JOBS} / of {JOBS} jobs",
                _ratio(tenfold, ours) / 10,
                "at most",
                GROWTH,
            ),
            *(bar for one in readings for bar in one.bars()),
        ],
        figures=[
            _timing(f"write a file of {JOBS} jobs, ours", ours),
            _timing(f"write a file of {JOBS} jobs, allegro's", theirs),
            _timing(f"write a file of {10 * JOBS} jobs, ours", tenfold),
            *(figure for one in readings for figure in one.figures()),
        ],
        not_measured=[
            f"allegro's files in Airflow {one.airflow}: it cannot read them" for one in readings if not one.theirs
        ],
    ).publish()


def _seconds(environment: Environment, case: str, files: int, jobs: int) -> float:
    return float(environment.answer(str(HERE / case), str(files), str(jobs)).splitlines()[-1])


def _airflow(version: str) -> Environment:
    wanted = [f"apache-airflow=={version}", "apache-airflow-providers-cncf-kubernetes==10.25.0"]
    return of_tool(f"airflow-{version}", "3.12", wanted)


def _reading(
    airflow: Environment, version: str, files: int, writers: tuple[Environment, Environment], rounds: int
) -> Reading:
    folders = _folders(files, *writers)
    home = KEPT / "airflow-home" / version
    home.mkdir(parents=True, exist_ok=True)
    variables = {**airflow.variables, "AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    command = (airflow.python, str(HERE / "dags_parse.py"), str(rounds), *map(str, folders))
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout.splitlines()[-1])
    ours, by_hand, theirs = zip(*answer["turns"], strict=True)
    broken = [folder for folder in folders[:2] if answer["errors"][str(folder)]]
    if broken:
        raise SystemExit(f"Airflow {version} cannot read {broken[0]}")
    return Reading(version, files, ours, by_hand, () if answer["errors"][str(folders[2])] else theirs)


def _folders(files: int, desk: Environment, rival: Environment) -> tuple[Path, Path, Path]:
    """Ours, by hand, theirs."""
    root = KEPT / "dags" / str(files)
    shutil.rmtree(root, ignore_errors=True)
    ours, by_hand, theirs = (root / name for name in ("ours", "hand", "theirs"))
    for folder in (ours, by_hand, theirs):
        folder.mkdir(parents=True)
    desk.answer(str(HERE / "dags_ours.py"), str(files), str(READ_JOBS), str(ours))
    rival.answer(str(HERE / "dags_theirs.py"), str(files), str(READ_JOBS), str(theirs))
    for number in range(files):
        text = BY_HAND.replace("NUMBER", str(number)).replace("JOBS", str(READ_JOBS))
        (by_hand / f"hand_{number}_dag.py").write_text(text)
    return ours, by_hand, theirs / ".dags"


def _ratio(above: Sequence[float], below: Sequence[float]) -> float:
    return median(one / other for one, other in zip(above, below, strict=True))


def _timing(shown: str, seconds: Sequence[float]) -> Timing:
    spread = Spread(median(seconds), min(seconds), max(seconds))
    return Timing(f"{shown} (cpu not measured)", len(seconds), spread, spread, tuple(round(one, 6) for one in seconds))


if __name__ == "__main__":
    sys.exit(main())
