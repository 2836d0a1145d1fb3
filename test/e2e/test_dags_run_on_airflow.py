"""Real Airflows run our DAG files by the real KubernetesPodOperator; pods are processes that run the real command."""

import importlib
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import kubernetes_validate
import pytest
from support.airflow import airflow_home
from support.cli import CHECKOUT
from support.dag_project import PACKAGE, write_package
from support.dag_runs import by_run, execute, parts, write_dags
from support.kubernetes_api import Cluster, kubeconfig, kubernetes_api
from support.pod_processes import Processes
from support.provided_airflow import provided_airflow
from support.receivers import http_receiver, mail_receiver

from bigflow.builder.dagging.translation import BuiltProject
from bigflow.dags.binding import Bindings
from bigflow.workflow import Workflow
from bigflow.workflow.edition import LATEST

VERSIONS = ("2.10.5", "2.11.2", "3.1.8", "3.3.2")
PROJECT = BuiltProject("shop", PACKAGE, LATEST, "1.2.0", datetime(2026, 11, 20))
IMAGE = "shop@sha256:1"
GIVEN = {"n": 7, "runtime": "2026-01-05 03:00", "none": "given", "options": {"x": [1, "'\"{{"]}}
WISHES = [
    {"name": "failing", "dag": "flow", "logical_date": "2026-03-02T03:00:00+00:00"},
    {"name": "given", "dag": "flow", "logical_date": "2026-03-03T03:00:00+00:00", "conf": GIVEN},
    {"name": "zoned", "dag": "zoned", "logical_date": "2026-07-02T01:00:00+00:00"},
    {"name": "unscheduled", "dag": "unscheduled", "logical_date": "2026-03-02T10:11:12+00:00"},
    {"name": "hungry", "dag": "hungry", "logical_date": "2026-03-02T00:00:00+00:00"},
    {"name": "equipped", "dag": "equipped", "logical_date": "2026-03-02T00:00:00+00:00"},
    {"name": "secretless", "dag": "secretless", "logical_date": "2026-03-02T00:00:00+00:00"},
    {"name": "imageless", "dag": "imageless", "logical_date": "2026-03-02T00:00:00+00:00"},
]
DATELESS = {"name": "dateless", "dag": "unscheduled", "logical_date": None}


@dataclass(frozen=True)
class Played:
    """What came of the runs on one Airflow."""

    version: str
    outcomes: dict[str, dict]
    told: dict[str, list[dict]]  # by run id: what each job was told, in the order of execution
    logs: dict[str, str]
    cluster: Cluster
    posts: list[tuple[str, object]]
    mails: list[tuple[str, str]]

    def states(self, name: str) -> dict[str, tuple[str, int]]:
        return {job: (task["state"], task["tries"]) for job, task in self.outcomes[name]["tasks"].items()}

    def of(self, name: str) -> list[dict]:
        return self.told[self.outcomes[name]["run_id"]]


@pytest.fixture(scope="module")
def workflows(tmp_path_factory) -> Iterator[dict[str, Workflow]]:
    folder = write_package(tmp_path_factory.mktemp("project"))
    sys.path.insert(0, str(folder))
    try:
        module = importlib.import_module(f"{PACKAGE}.workflow")
        yield {one.workflow_id: one for one in vars(module).values() if isinstance(one, Workflow)}
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
            del sys.modules[name]


@pytest.fixture(scope="module", params=VERSIONS)
def played(request, workflows, tmp_path_factory) -> Iterator[Played]:
    version, folder = request.param, tmp_path_factory.mktemp(f"airflow-{request.param}")
    python = provided_airflow(version)
    told = folder / "told.jsonl"
    told.touch()
    package = write_package(folder / "pods")
    env = {"PYTHONPATH": f"{CHECKOUT}:{package}", "TOLD": str(told)}
    with ExitStack() as stack:
        runs = Processes(package, frozenset({IMAGE}), env)
        cluster, address = stack.enter_context(kubernetes_api(runs, {"bf-password": {"bf_password": "sesame"}}))
        url, posts = stack.enter_context(http_receiver())
        port, mails = stack.enter_context(mail_receiver())
        (folder / "kubeconfig").write_text(kubeconfig(address))
        dags = folder / "dags"
        place = Bindings(IMAGE, "1.2.0", "prod", "jobs", config_file=str(folder / "kubeconfig"))
        write_dags(workflows.values(), PROJECT, place, dags)
        wishes = [*WISHES, *([] if version.startswith("2.") else [DATELESS])]
        variables = {**airflow_home(folder), "AIRFLOW__CORE__DAGS_FOLDER": str(dags), **connections(url, port)}
        outcomes, log = execute(python, dags, wishes, variables)
        yield Played(
            version,
            {one["name"]: one for one in outcomes},
            by_run(told),
            parts(log),
            cluster,
            posts,
            mails,
        )


def connections(url: str, port: int) -> dict[str, str]:
    mail = {"from_email": "airflow@example.com", "disable_ssl": True, "disable_tls": True, "retry_limit": 1}
    known = {
        "slack": {"conn_type": "slackwebhook", "host": f"{url}/slack", "password": "T/B/X"},
        "webhook": {"conn_type": "http", "host": f"{url}/webhook"},
        "mail": {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": mail},
    }
    return {f"AIRFLOW_CONN_{name.upper()}": json.dumps(one) for name, one in known.items()}


def test_a_failure_stops_what_needs_it_and_nothing_else(played):
    assert played.outcomes["failing"]["state"] == "failed"
    assert {job: state for job, (state, _) in played.states("failing").items()} == {
        "first": "success",
        "fails": "failed",
        "not_run": "upstream_failed",
        "after_all": "success",
    }


def test_it_is_retried_as_often_as_said_and_knows_its_attempt(played):
    told = played.of("failing")
    assert [one["job"] for one in told] == ["first", "fails", "fails", "after_all"]
    # The operator of 2.10 renders variables into itself, and dag.test() makes all attempts in one process.
    again = 1 if played.version.startswith("2.10") else 2
    assert [one["attempt"] for one in told] == [1, 1, again, 1]


def test_the_period_is_the_last_complete_one_before_a_run_by_hand(played):
    first = played.of("failing")[0]
    assert first["runtime"] == "2026-03-01 03:00:00"
    assert first["end"] == "2026-03-02 03:00:00"
    zoned = played.of("zoned")[0]
    assert (zoned["runtime"], zoned["end"]) == ("2026-07-01 03:00:00+02:00", "2026-07-02 03:00:00+02:00")


def test_the_runtime_of_the_trigger_form_wins(played):
    given = played.of("given")[0]
    assert (given["runtime"], given["end"]) == ("2026-01-05 03:00:00", None)


def test_without_periods_the_runtime_is_the_moment_of_the_run(played):
    one = played.of("unscheduled")[0]
    assert (one["runtime"], one["end"]) == ("2026-03-02 10:11:12", None)


def test_without_any_date_it_is_the_moment_of_the_trigger(played):
    if played.version.startswith("2."):
        assert "dateless" not in played.outcomes
        return
    one = played.of("dateless")[0]
    assert abs((datetime.fromisoformat(one["runtime"]) - datetime.now(UTC).replace(tzinfo=None)).total_seconds()) < 600


def test_params_arrive_as_they_are_with_their_types(played):
    first, given = played.of("failing")[0], played.of("given")[0]
    types = {"n": "int", "share": "float", "dry": "bool", "name": "str", "tags": "list", "options": "dict"}
    assert first["params"] == {
        "n": "3", "share": "0.5", "dry": "False", "name": "it's {{ ds }}", "tags": "['a']", "options": "{'b': 1}",
        "none": None,
    }  # fmt: skip
    assert first["types"] == {**types, "none": "NoneType"}
    assert given["params"]["n"] == "7"
    assert given["params"]["none"] == "given"
    assert given["params"]["options"] == str(GIVEN["options"])
    assert given["types"] == {**types, "none": "str"}


def test_secrets_and_the_users_own_variables_arrive_to_the_letter(played):
    first, fails = played.of("failing")[:2]
    assert (first["secret"], first["own"]) == ("sesame", "100% {{ ds }} 'quoted' \nż.json")
    assert (fails["secret"], fails["own"]) == ("sesame", None)


def test_the_environment_is_that_of_the_place_where_airflow_names_none(played):
    assert {one["env"] for one in played.of("failing")} == {"prod"}


def test_the_labels_of_the_pod_are_those_of_the_context(played):
    first, fails = played.of("failing")[:2]
    assert first["labels"] == {
        "bigflow-project": "shop", "bigflow-workflow": "flow", "bigflow-version": "1.2.0", "bigflow-job": "first",
        "team": "Orders-Co",
    }  # fmt: skip
    assert fails["labels"] == {name: value for name, value in first["labels"].items() if name != "team"} | {
        "bigflow-job": "fails"
    }
    pods = [pod["metadata"]["labels"] for pod in played.cluster.requested]
    assert any(first["labels"].items() <= labels.items() for labels in pods)


def test_what_a_job_prints_is_in_the_log_of_the_task(played):
    assert "first is told 2026-03-01 03:00:00" in played.logs["failing"]
    assert "ValueError: fails cannot be done" in played.logs["failing"]


def test_a_pod_killed_for_its_memory_says_so(played):
    assert played.states("hungry")["eats"][0] == "failed"
    assert "OOMKilled" in played.logs["hungry"]


def test_an_image_that_is_not_there_is_named(played):
    assert played.states("imageless")["never"][0] == "failed"
    assert "nowhere/nothing:1" in played.logs["imageless"]
    assert "ErrImagePull" in played.logs["imageless"] or "Failed to pull image" in played.logs["imageless"]


def test_a_secret_that_is_not_there_is_named(played):
    assert played.states("secretless")["never"][0] == "failed"
    assert "bf-missing" in played.logs["secretless"]


def test_one_message_for_each_failed_run(played):
    failed = [played.outcomes[name]["run_id"] for name in ("failing", "given")]
    texts = [f"shop: flow 1.2.0 failed in run {run_id}" for run_id in failed]
    by_path: dict[str, list[str]] = {}
    for path, body in played.posts:
        by_path.setdefault(path.split("/")[1], []).append(body["text"])
    assert by_path == {"slack": texts, "webhook": texts}
    assert played.mails == [(text, text) for text in texts]


def test_a_pod_has_all_that_a_job_says(played):
    assert played.outcomes["equipped"]["state"] == "success"
    (pod,) = (one for one in played.cluster.requested if one["metadata"]["labels"]["bigflow-workflow"] == "equipped")
    spec, (container,) = pod["spec"], pod["spec"]["containers"]
    amounts = {"cpu": "500m", "memory": "2Gi", "ephemeral-storage": "10Gi", "nvidia.com/gpu": "1"}
    assert container["resources"] == {"limits": amounts, "requests": amounts}
    assert pod["metadata"]["annotations"]["example.com/note"] == "{{ ds }}"
    assert pod["metadata"]["labels"]["bigflow-owner"] == "data-team"
    assert (spec["serviceAccountName"], container["imagePullPolicy"]) == ("reader", "Always")
    assert spec["imagePullSecrets"] == [{"name": "registry"}]
    assert spec["nodeSelector"] == {"disk": "ssd", "cloud.google.com/gke-spot": "true"}
    assert [one["key"] for one in spec["tolerations"]] == ["gpu", "cloud.google.com/gke-spot"]
    assert spec["activeDeadlineSeconds"] == 10800
    # The provider that 2.10.5 is tried with gives a pod its grace only when it ends it itself.
    assert spec.get("terminationGracePeriodSeconds") == (None if played.version == "2.10.5" else 25)
    mounts = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
    kinds = {mounts[one["name"]]: kind for one in spec["volumes"] for kind in one if kind != "name"}
    assert kinds == {
        "/cache": "emptyDir", "/shared": "persistentVolumeClaim", "/etc/keys": "secret", "/etc/shop": "configMap",
    }  # fmt: skip


def test_the_pods_are_what_kubernetes_knows(played):
    assert len(played.cluster.requested) >= len(WISHES)
    for manifest in played.cluster.requested:
        kubernetes_validate.validate(manifest, "1.32", strict=True)


def test_no_request_was_made_that_kubernetes_would_not_know(played):
    assert played.cluster.refused == []
