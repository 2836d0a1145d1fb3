"""Random workflows: jobs, runtimes, environments, attempts and final states are the same here and on real Airflows."""

import importlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from support.airflow import airflow_home
from support.cli import CHECKOUT, bigflow, write_files
from support.dag_runs import by_run, execute, write_dags
from support.kubernetes_api import kubeconfig, kubernetes_api
from support.pod_processes import Processes
from support.provided_airflow import provided_airflow

from bigflow.builder.dagging.translation import BuiltProject
from bigflow.dags.binding import Bindings
from bigflow.schedule import Schedule
from bigflow.schedule.periods import last_complete
from bigflow.workflow import Workflow
from bigflow.workflow.edition import LATEST

SEED = int(os.environ.get("BIGFLOW_TEST_SEED", "20261120"))
VERSIONS = ("2.11.2", "3.3.2")
WORKFLOWS = 4
RULES = ("all_success", "all_success", "all_done", "one_success", "none_failed")
SCHEDULES = ("@daily", "30 3 * * 1-5", "@hourly", "0 6 1 * *")
ZONES = ("UTC", "Europe/Warsaw", "America/New_York")
IMAGE = "random:1"
HEAD = """
import json
import os

from bigflow import Job, Workflow


class Tell(Job):
    failing = 0

    def execute(self, context):
        told = [context.workflow_id, context.job_id, context.runtime_str, str(context.interval_end), context.env]
        with open(os.environ["TOLD"], "a") as file:
            file.write(json.dumps({"run_id": context.run_id, "told": [*told, context.attempt]}) + "\\n")
        if context.attempt <= self.failing:
            raise ValueError("not yet")


def tell(id, failing, **said):
    job = Tell(id, retry_pause_sec=0, **said)
    job.failing = failing
    return job
"""


@dataclass(frozen=True)
class Case:
    """One workflow, and when somebody starts it by hand."""

    name: str
    schedule: str
    zone: str
    started: datetime
    text: str

    @property
    def runtime(self) -> str:
        schedule = Schedule.parse(self.schedule, timezone=self.zone)
        period = last_complete(schedule, self.started)
        assert period is not None
        return schedule.runtime(period).isoformat(" ")


def random_case(number: int, random: Random) -> Case:
    name, schedule, zone = f"random_{number}", SCHEDULES[number % len(SCHEDULES)], random.choice(ZONES)
    jobs, arrows = [], []
    for place in range(random.randint(2, 4)):
        failing, retries = random.choice((0, 0, 1, 2)), random.choice((0, 1))
        jobs.append(f"tell('job_{place}', {failing}, retry_count={retries}, trigger_rule={random.choice(RULES)!r})")
        arrows += [(before, place) for before in range(place) if random.random() < 0.6]
    graph = ", ".join(
        f"jobs_{number}[{place}]: [{', '.join(f'jobs_{number}[{to}]' for at, to in arrows if at == place)}]"
        for place in range(len(jobs))
    )
    text = (
        f"jobs_{number} = [{', '.join(jobs)}]\n{name} = Workflow({name!r}, {{{graph}}}, "
        f"schedule_interval={schedule!r}, start_date='2025-01-01', timezone={zone!r})\n"
    )
    started = datetime(2026, 1, 1) + timedelta(minutes=random.randrange(300 * 24 * 60))
    return Case(name, schedule, zone, started, text)


CASES = [random_case(number, Random(SEED + number)) for number in range(WORKFLOWS)]


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    files = {
        "chance/__init__.py": "",
        "chance/workflow.py": HEAD + "".join(case.text for case in CASES),
        "pyproject.toml": '[tool.bigflow]\nedition = "2026"\nname = "chance"\n',
    }
    return write_files(tmp_path_factory.mktemp("here"), files)


@pytest.fixture(scope="module")
def here(project, tmp_path_factory) -> dict[str, tuple[Any, Any]]:
    """What `bigflow run` made of each case: what jobs were told, and the states."""
    return {
        case.name: played_here(project, tmp_path_factory.mktemp("told"), "run", "-w", case.name, "-r", case.runtime)
        for case in CASES
    }


def played_here(project: Path, folder: Path, *words: str) -> tuple[Any, Any]:
    told = folder / "told.jsonl"
    told.touch()
    more = ("-c", "prod", "--retries", "--parallel", "1", "--json")
    done = bigflow(*words, *more, cwd=project, env={"TOLD": str(told)})
    events = [json.loads(line) for line in done.out.splitlines()]
    states = {event["job_id"]: event["state"] for event in events if event.get("event") == "job_ended"}
    return sorted(one["told"] for some in by_run(told).values() for one in some), states


@pytest.fixture(scope="module", params=VERSIONS)
def there(request, project, tmp_path_factory) -> Iterator[dict[str, tuple[Any, Any]]]:
    folder = tmp_path_factory.mktemp("there")
    told = folder / "told.jsonl"
    told.touch()
    pods = write_files(folder / "pods", {f"chance/{name}": (project / "chance" / name).read_text()
                                         for name in ("__init__.py", "workflow.py")})  # fmt: skip
    runs = Processes(pods, frozenset({IMAGE}), {"PYTHONPATH": f"{CHECKOUT}:{pods}", "TOLD": str(told)})
    with kubernetes_api(runs, {}) as (_, address):
        (folder / "kubeconfig").write_text(kubeconfig(address))
        place = Bindings(IMAGE, "1.0", "prod", config_file=str(folder / "kubeconfig"))
        write_dags(
            workflows(project),
            BuiltProject("chance", "chance", LATEST, "1.0", datetime(2026, 1, 1)),
            place,
            folder / "dags",
        )
        wishes = [{"name": case.name, "dag": case.name, "logical_date": started(case)} for case in CASES]
        outcomes, _ = execute(provided_airflow(request.param), folder / "dags", wishes, airflow_home(folder))
    recorded = by_run(told)
    yield {
        one["name"]: (
            sorted(
                entry["told"] for entries in recorded.values() for entry in entries if entry["told"][0] == one["name"]
            ),
            {job: task["state"] for job, task in one["tasks"].items()},
        )
        for one in outcomes
    }


def workflows(project: Path) -> list[Workflow]:
    sys.path.insert(0, str(project))
    try:
        return [one for one in vars(importlib.import_module("chance.workflow")).values() if isinstance(one, Workflow)]
    finally:
        sys.path.remove(str(project))
        for name in [name for name in sys.modules if name.partition(".")[0] == "chance"]:
            del sys.modules[name]


def started(case: Case) -> str:
    return Schedule.parse(case.schedule, timezone=case.zone).instant(case.started).isoformat()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_run_by_hand_is_the_same(case, here, there):
    assert here[case.name] == there[case.name], f"seed {SEED}\n{case}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_backfill_of_the_period_is_the_same(case, here, project, tmp_path):
    words = ("backfill", "-w", case.name, "--start", case.runtime, "--end", case.runtime, "--rerun", "all")
    assert played_here(project, tmp_path, *words) == here[case.name]


def test_the_cases_reach_what_they_are_meant_to(here):
    states = {state for _, states in here.values() for state in states.values()}
    attempts = {told[-1] for some, _ in here.values() for told in some}
    assert {"success", "failed"} <= states
    assert {1, 2} <= attempts
