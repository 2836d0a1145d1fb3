"""Turns workflows into DAG files, and wishes for runs of them into what a real Airflow made of each."""

import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bigflow.builder.dagging.translation import BuiltProject, translate
from bigflow.dags.binding import Bindings, bind
from bigflow.dags.names import file_name
from bigflow.dags.render import render
from bigflow.workflow import Workflow

EXECUTE = Path(__file__).with_name("airflow_execute.py")
DATABASE = "from airflow.utils import db; db.initdb()"


def write_dags(workflows: Iterable[Workflow], project: BuiltProject, bindings: Bindings, folder: Path) -> None:
    """One file a workflow."""
    folder.mkdir()
    for workflow in workflows:
        spec = translate(workflow, project)
        (folder / file_name(spec.dag_id)).write_text(render(bind(spec, bindings)), encoding="utf-8")


def execute(
    python: Path, dags: Path, wishes: list[dict[str, Any]], variables: Mapping[str, str]
) -> tuple[list[dict[str, Any]], str]:
    """How each run ended, and all that was logged. One process: most of the time goes into its imports."""
    home = dags.parent
    variables = {**variables, "AIRFLOW__CORE__DAGS_FOLDER": str(dags)}
    subprocess.run([python, "-c", DATABASE], env=variables, capture_output=True, check=True, timeout=100)
    done = subprocess.run(
        [python, "-P", EXECUTE, dags, home / "outcomes.json"],
        input=json.dumps(wishes),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=variables,
        timeout=400,
    )
    (home / "log").write_text(done.stdout)
    assert done.returncode == 0, done.stdout[-5_000:]
    outcomes: list[dict[str, Any]] = json.loads((home / "outcomes.json").read_text())
    return outcomes, done.stdout


def parts(log: str) -> dict[str, str]:
    """What each run has logged."""
    return {name: text for name, _, text in (part.partition("\n") for part in log.split("\n=== ")[1:])}


def by_run(told: Path) -> dict[str, list[dict[str, Any]]]:
    """What jobs wrote down, by run."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in told.read_text().splitlines():
        one = json.loads(line)
        found.setdefault(one["run_id"], []).append(one)
    return found
