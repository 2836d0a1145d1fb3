"""Airflow finds in the deployed folder exactly the DAGs that are meant to be there, and plays hand-overs as planned."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support import schedules
from support.airflow import airflow_home, airflow_python
from support.built import Build, Environment, named, stage
from support.cli import bigflow
from support.provided_airflow import provided_airflow

from bigflow.dags.spec import Timetable
from bigflow.deployer.observe import recorded
from bigflow.errors import ExitCode

SUPPORT = Path(schedules.__file__).parent


def dag_bag(folder: Path, home: Path) -> dict[str, dict]:
    python = provided_airflow("3.3.2")
    command = [python, "-P", SUPPORT / "airflow_parse.py", folder]
    done = subprocess.run(command, capture_output=True, text=True, env=airflow_home(home), timeout=300)
    assert done.returncode == 0, done.stderr[-3_000:]
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["errors"] == {}
    return answer["dags"]


def test_after_each_change_the_dag_bag_is_what_was_deployed(tmp_path: Path) -> None:
    folder = tmp_path / "stage" / "deployed" / "dags"

    def command(*words: str) -> dict[str, dict]:
        result = bigflow(*words, cwd=tmp_path / "stage")
        assert result.code == ExitCode.OK, result.err
        return dag_bag(folder, tmp_path / "home")

    stage(tmp_path / "stage", Build("1.0.0", specs=(named("daily"), named("weekly"))))
    first = command("deploy")
    assert set(first) == {"daily", "weekly"}
    old = first["daily"]["tasks"]["fetch"]["image"]
    stage(tmp_path / "stage", Build("1.1.0", specs=(named("daily"), named("fresh")), code=b"new"))
    second = command("deploy", "--yes")
    assert set(second) == {"daily", "fresh"}
    assert second["daily"]["tasks"]["fetch"]["image"] != old
    third = command("rollback")
    assert set(third) == {"daily", "weekly"}
    assert third["daily"]["tasks"]["fetch"]["image"] == old
    assert set(command("undeploy", "-w", "weekly")) == {"daily"}


@pytest.mark.parametrize("airflow", ["2.11.2", "3.3.2"])
def test_airflows_own_timetables_run_each_period_once(airflow: str, tmp_path: Path) -> None:
    now, until = datetime(2026, 11, 20, 12, 7, tzinfo=UTC), datetime(2026, 12, 20, tzinfo=UTC)
    start = datetime(2026, 11, 1, tzinfo=UTC)
    timetables = [
        Timetable("cron", "0 0 * * *"),
        Timetable("cron", "30 3 * * 1-5", timezone="Europe/Warsaw"),
        Timetable("cron", "*/15 * * * *"),
        Timetable("delta", seconds=3600 * 5),
    ]
    questions, counted = [], []
    for place, timetable in enumerate(timetables):
        environment = Environment(tmp_path / str(place), now=now)
        (tmp_path / str(place)).mkdir()
        seen = {}
        for number in range(3):
            dag_id = f"wf__v{number}"
            spec = named("wf", dag_id=dag_id, timetable=timetable, catchup=True, start_date=start)
            environment.deploy(environment.build(f"1.{number}.0", spec), handover=True)
            release = recorded(environment.ledger()).current
            assert release is not None
            seen |= {dag.spec.dag_id: dag for dag in release.dags}
            environment.now += timedelta(days=3, minutes=number * 17)
        counted.append(len(seen))
        ranges = [(dag.begun or start, dag.ends or until) for dag in seen.values()]
        questions += [question(timetable, *one) for one in (*ranges, (start, until))]
    answers = asked(airflow, questions, tmp_path)
    for count in counted:
        parts, whole = answers[:count], answers[count]
        assert count == 3
        assert sorted(period for part in parts for period in part) == whole
        answers = answers[count + 1 :]


def question(timetable: Timetable, earliest: datetime, latest: datetime) -> dict[str, object]:
    return {
        "cron": timetable.cron or None,
        "delta_sec": int(timetable.seconds) or None,
        "timezone": timetable.timezone,
        "catchup": True,
        "earliest": earliest.isoformat(),
        "latest": latest.isoformat(),
        "now": latest.isoformat(),
        "limit": 5_000,
        "moments": [],
    }


def asked(airflow: str, questions: list[dict[str, object]], home: Path) -> list[list[list[str]]]:
    from importlib.metadata import version as installed

    python = airflow_python(airflow, f"croniter=={installed('croniter')}")
    done = subprocess.run(
        [python, "-P", SUPPORT / "airflow_timetables.py"],
        input=json.dumps({"schedules": questions, "expressions": []}),
        capture_output=True,
        text=True,
        env=airflow_home(home / "home"),
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    return [answer["periods"] for answer in json.loads(done.stdout)["schedules"]]
