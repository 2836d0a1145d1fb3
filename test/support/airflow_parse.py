"""Turns DAG files into what this interpreter's Airflow makes of them, as JSON: errors, warnings, each DAG in short."""

import json
import os
import sys
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any


def main(folder: str) -> None:
    import logging

    logging.disable(logging.CRITICAL)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        bag = bag_class()(folder)
    pointed = [
        f"{Path(one.filename).name}:{one.lineno}: {one.category.__name__}: {one.message}"
        for one in caught
        if os.path.abspath(one.filename).startswith(os.path.abspath(folder))
    ]
    answer = {
        "errors": {Path(path).name: error for path, error in bag.import_errors.items()},
        "warnings": pointed,
        "dags": {dag_id: in_short(dag) for dag_id, dag in bag.dags.items()},
    }
    sys.stdout.write("\n" + json.dumps(answer) + "\n")


def bag_class() -> Any:
    """DagBag, from where this version has it."""
    try:
        return import_module("airflow.dag_processing.dagbag").DagBag
    except ImportError:
        return import_module("airflow.models.dagbag").DagBag


def in_short(dag: Any) -> dict[str, object]:
    return {
        "start_date": dag.start_date.isoformat(),
        "catchup": dag.catchup,
        "timetable": type(dag.timetable).__name__,
        "paused": dag.is_paused_upon_creation,
        "tasks": {task.task_id: of_task(task) for task in dag.tasks},
    }


def of_task(task: Any) -> dict[str, object]:
    return {
        "after": sorted(task.upstream_task_ids),
        "retries": task.retries,
        "retry_delay": task.retry_delay.total_seconds(),
        "execution_timeout": task.execution_timeout.total_seconds(),
        "active_deadline_seconds": task.active_deadline_seconds,
        "startup_timeout_seconds": task.startup_timeout_seconds,
        "trigger_rule": str(getattr(task.trigger_rule, "value", task.trigger_rule)),
        "pool": task.pool,
        "owner": task.owner,
        "priority_weight": task.priority_weight,
        "depends_on_past": task.depends_on_past,
        "service_account_name": task.service_account_name,
        "namespace": task.namespace,
        "config_file": task.config_file,
        "kubernetes_conn_id": task.kubernetes_conn_id,
        "image": task.image,
        "name": task.name,
        "node_selector": dict(task.node_selector),
        "grace": task.termination_grace_period,
        "env_vars": variables(task.env_vars),
        "labels": dict(task.labels),
        "annotations": dict(task.annotations),
    }


def variables(said: Any) -> dict[str, str]:
    """Newer providers keep the dict that they were given."""
    return dict(said) if isinstance(said, dict) else {one.name: one.value for one in said}


if __name__ == "__main__":
    main(*sys.argv[1:])
