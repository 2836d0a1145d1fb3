"""Turns DAG files and wishes into runs of this interpreter's Airflow, by `dag.test()`; tells how they end, as JSON."""

import json
import sys
from datetime import datetime
from importlib import import_module
from typing import Any


def main(folder: str, answer: str) -> None:
    wishes = json.load(sys.stdin)
    bag = bag_class()
    # Older operators render their variables into themselves: each run has to have fresh ones, as it has in production.
    outcomes = [outcome(loaded(bag(folder), wish["dag"]), wish) for wish in wishes]
    with open(answer, "w") as file:
        json.dump(outcomes, file)


def bag_class() -> Any:
    """DagBag, from where this version has it."""
    try:
        return import_module("airflow.dag_processing.dagbag").DagBag
    except ImportError:
        return import_module("airflow.models.dagbag").DagBag


def loaded(bag: Any, dag_id: str) -> Any:
    if bag.import_errors:
        raise SystemExit(f"import errors: {bag.import_errors}")
    return bag.dags[dag_id]


def outcome(dag: Any, wish: dict[str, Any]) -> dict[str, object]:
    sys.stdout.write(f"\n=== {wish['name']}\n")
    sys.stdout.flush()
    run = dag.test(**arguments(wish))
    sys.stdout.write("\n=== end\n")
    tasks = {one.task_id: {"state": word(one.state), "tries": one.try_number} for one in run.get_task_instances()}
    return {"name": wish["name"], "state": word(run.state), "run_id": run.run_id, "tasks": tasks}


def word(state: object) -> str:
    return str(getattr(state, "value", state))


def arguments(wish: dict[str, Any]) -> dict[str, Any]:
    version = import_module("airflow").__version__
    given = wish.get("logical_date")
    moment = None if given is None else datetime.fromisoformat(given)
    name = "execution_date" if version.startswith("2.") else "logical_date"
    return {name: moment, "run_conf": wish.get("conf") or {}}


if __name__ == "__main__":
    main(*sys.argv[1:])
