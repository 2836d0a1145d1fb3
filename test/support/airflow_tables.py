"""Turns an installation of Airflow into the table of what it accepts, which `bigflow.dags.verify` reads.

`python test/support/airflow_tables.py [VERSION ...]` makes those of bigflow/dags/tables anew, from real installations.
"""

import importlib
import inspect
import json
import os
import re
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

TABLES = Path(__file__).parents[2] / "bigflow" / "dags" / "tables"
OPERATOR = "airflow.providers.cncf.kubernetes.operators.pod:KubernetesPodOperator"
MODELS = (
    "V1ResourceRequirements", "V1Toleration", "V1LocalObjectReference", "V1Volume", "V1VolumeMount",
    "V1PersistentVolumeClaimVolumeSource", "V1SecretVolumeSource", "V1ConfigMapVolumeSource", "V1EmptyDirVolumeSource",
)  # fmt: skip
# All places from which a DAG file imports something; a version has some of them.
NAMES = (
    "airflow.sdk:DAG",
    "airflow.sdk:Param",
    "airflow.sdk:CronDataIntervalTimetable",
    "airflow.sdk:DeltaDataIntervalTimetable",
    "airflow:DAG",
    "airflow.models.param:Param",
    "airflow.timetables.interval:CronDataIntervalTimetable",
    "airflow.timetables.interval:DeltaDataIntervalTimetable",
    OPERATOR,
    "airflow.providers.cncf.kubernetes.secret:Secret",
    "airflow.providers.http.hooks.http:HttpHook",
    "airflow.providers.slack.notifications.slack_webhook:SlackWebhookNotifier",
    "airflow.providers.smtp.notifications.smtp:SmtpNotifier",
    *(f"kubernetes.client.models:{model}" for model in MODELS),
)
TRIES: tuple[object, ...] = (True, 1, "x", timedelta(days=1), {}, [])


def table() -> dict[str, object]:
    """What the Airflow of this interpreter accepts."""
    from importlib.metadata import version

    found = {name: thing for name in NAMES if (thing := imported(name)) is not None}
    return {
        "airflow": version("apache-airflow"),
        "provider": version("apache-airflow-providers-cncf-kubernetes"),
        "accepts": {name: sorted(arguments(thing)) for name, thing in found.items()},
        "deprecated": deprecated(found),
    }


def imported(name: str) -> type | None:
    module, _, attribute = name.partition(":")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            thing: type = getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError):
            return None
    is_deprecated = any("deprecated" in str(one.message) and attribute in str(one.message) for one in caught)
    return None if is_deprecated else thing


def arguments(thing: type) -> set[str]:
    """Names of keyword arguments, those of base classes too; `**` where anything goes, as it does for a Param."""
    names: set[str] = set()
    for one in thing.__mro__[:-1] if inspect.isclass(thing) else ():
        if "__init__" in vars(one):
            names |= {
                name for name, known in inspect.signature(vars(one)["__init__"]).parameters.items() if by_name(known)
            }
    names |= {name for name, known in inspect.signature(thing).parameters.items() if by_name(known)}
    if thing.__name__ == "Param":
        names.add("**")
    return {name for name in names if name != "self" and not name.startswith("_")}


def by_name(parameter: inspect.Parameter) -> bool:
    return parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD)


def deprecated(found: Mapping[str, type]) -> dict[str, dict[str, str]]:
    """Arguments at which a DAG or an operator warns, whatever is given."""
    dag = found.get("airflow.sdk:DAG") or found["airflow:DAG"]
    operator = found[OPERATOR]

    def make_dag(**more: object) -> object:
        return dag("tried", **more)

    def make_operator(**more: object) -> object:
        return operator(**{"task_id": "tried", "image": "x", **more})

    return {"DAG": warned(make_dag, dag), "KubernetesPodOperator": warned(make_operator, operator)}


def warned(make: Callable[..., object], thing: type) -> dict[str, str]:
    usual = messages(make, {})
    found = {}
    for name in sorted(arguments(thing) - {"dag_id", "task_id", "dag", "task_group"}):
        said = (one for value in TRIES for one in messages(make, {name: value}))
        new = [one for one in said if one not in usual and re.search(rf"\b{name}\b", one)]
        if new:
            found[name] = " ".join(new[0].split())
    return found


def messages(make: Callable[..., object], given: Mapping[str, object]) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            make(**given)
        except Exception:
            return []
    return [str(one.message) for one in caught]


def file_of(version: str, provider: str) -> Path:
    return TABLES / f"airflow-{version}-kubernetes-{provider}.json"


def made(version: str, provider: str) -> str:
    """The text of the table, from a real installation."""
    from support.airflow import airflow_home
    from support.provided_airflow import provided_airflow

    with tempfile.TemporaryDirectory() as home:
        command = [str(provided_airflow(version, provider)), "-P", __file__, "--this"]
        done = subprocess.run(command, capture_output=True, text=True, env=airflow_home(Path(home)), check=True)
    return str(done.stdout[done.stdout.index("{\n") :])


def main(words: list[str]) -> None:
    if words == ["--this"]:
        os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "ERROR"
        sys.stdout.write("\n" + json.dumps(table(), indent=1) + "\n")
        return
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]
    from support.provided_airflow import OLDEST, SUPPORTED

    TABLES.mkdir(exist_ok=True)
    for version, provider in (OLDEST, *SUPPORTED.items()):
        if not words or version in words:
            file_of(version, provider).write_text(made(version, provider))
            sys.stdout.write(f"{file_of(version, provider).name}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
