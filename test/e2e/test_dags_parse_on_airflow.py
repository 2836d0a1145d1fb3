"""Every supported Airflow reads our files without an error and without a warning, and has the tables that we ship."""

import json
import subprocess
from pathlib import Path

import pytest
from support import airflow_tables
from support.airflow import airflow_home
from support.dag_specs import BINDINGS, FULL, SMALL
from support.provided_airflow import OLDEST, SUPPORTED, provided_airflow

from bigflow.dags.binding import bind
from bigflow.dags.names import file_name
from bigflow.dags.render import render

PARSE = Path(__file__).parents[1] / "support" / "airflow_parse.py"
COMPOSER = {"COMPOSER_ENVIRONMENT": "shop"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dags")
    for spec in (SMALL, FULL):
        (folder / file_name(spec.dag_id)).write_text(render(bind(spec, BINDINGS)), encoding="utf-8")
    return folder


def parsed(python: Path, folder: Path, home: Path, more: dict[str, str]) -> dict:
    command = [python, "-P", PARSE, folder]
    env = {**airflow_home(home), **more}
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=200)
    assert done.returncode == 0, done.stderr[-3_000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(("version", "provider"), [OLDEST, *SUPPORTED.items()])
def test_no_error_and_no_warning(version, provider, folder, tmp_path):
    python = provided_airflow(version, provider)
    plain = parsed(python, folder, tmp_path / "plain", {})
    composer = parsed(python, folder, tmp_path / "composer", COMPOSER)
    for answer in (plain, composer):
        assert (answer["errors"], answer["warnings"]) == ({}, [])
        assert set(answer["dags"]) == {"daily", "Mart.orders"}
    tasks = plain["dags"]["Mart.orders"]["tasks"]
    assert {name: task["after"] for name, task in tasks.items()} == {
        "load": [], "check-all": ["load"], "report": ["check-all", "load"],
    }  # fmt: skip
    check = tasks["check-all"]
    assert (check["retries"], check["pool"], check["trigger_rule"], check["priority_weight"]) == (
        1,
        "heavy-jobs",
        "all_done",
        10,
    )
    assert (check["grace"], check["service_account_name"], check["owner"]) == (25, "reader", "data team")
    assert (check["execution_timeout"], check["active_deadline_seconds"]) == (10800, 10800)
    assert {task["namespace"] for task in tasks.values()} == {None}
    assert {task["namespace"] for task in composer["dags"]["daily"]["tasks"].values()} == {"composer-user-workloads"}
    assert {dag["paused"] for dag in plain["dags"].values()} == {False}


@pytest.mark.parametrize(("version", "provider"), [OLDEST, *SUPPORTED.items()])
def test_the_tables_are_those_of_real_installations(version, provider):
    shipped = airflow_tables.file_of(version, provider).read_text()
    # Providers other than the Kubernetes one are those of the day: what they add does not make our files wrong.
    ours, theirs = json.loads(shipped), json.loads(airflow_tables.made(version, provider))
    for name in ours["accepts"]:
        if "kubernetes" not in name and "providers" in name:
            theirs["accepts"][name] = ours["accepts"][name]
    assert ours == theirs
