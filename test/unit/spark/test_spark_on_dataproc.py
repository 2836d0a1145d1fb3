"""A batch of Dataproc, as its REST API has it."""

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from support.dataproc import StandInDataproc, dataproc, key_of
from support.google_storage import google_storage
from support.spark_bundle import BUNDLE

from bigflow.artifacts.emr_bundle import FILE, Dependencies
from bigflow.errors import BigflowError, OutsideError, UsageError
from bigflow.runner.attempt import Terminated, attempt
from bigflow.spark import Dataproc, SparkJob
from bigflow.spark.dataproc import run_on_dataproc
from bigflow.spark.waiting import Pace, Unreachable
from bigflow.storage import Access, Anonymous, open_store
from bigflow.workflow import JobContext

QUICK = Pace(first=0.02, longest=0.05, farewell=1.0, lost_looks=2)
CONTEXT = JobContext.make(runtime=datetime(2026, 11, 19), env="prod")._replace(
    workflow_id="daily", run_id="r", attempt=2
)
NATIVE = replace(BUNDLE, dependencies=Dependencies("environment", "dependencies/environment.tar.gz", ("numpy",)))
BUNDLES = {"sales/0.1.0": BUNDLE.to_json(), "native": NATIVE.to_json(), "new": '{"schema": 2}'}


@pytest.fixture(scope="module")
def storage() -> Iterator[str]:
    with google_storage("code") as buckets:
        for path, manifest in BUNDLES.items():
            open_store(f"gs://code/{path}", Access(Anonymous(), buckets.endpoint)).write(FILE, manifest.encode())
        yield buckets.endpoint


@pytest.fixture
def service(storage: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInDataproc]:
    with dataproc() as stand_in:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", storage)
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key_of(stand_in, tmp_path)))
        yield stand_in


class Quick(SparkJob):
    """The same in a hurry."""

    def execute(self, context: JobContext, /) -> str:
        assert isinstance(self.place, Dataproc)
        return run_on_dataproc(self.place, self.application(context), QUICK)


def job(service: StandInDataproc, entry_script: str = "run_main", limit: float = 900, **changes: str) -> SparkJob:
    place = Dataproc(project="shop", region="europe-west1", bundle="gs://code/sales/0.1.0", endpoint=service.endpoint)
    where = replace(place, **changes)  # type: ignore[arg-type]
    conf = {"spark.x": "a b"}
    return Quick("totals", entry_script=entry_script, place=where, arguments=["--day", "1"], spark_conf=conf,
                 execution_timeout_sec=limit)  # fmt: skip


def test_what_is_created(service: StandInDataproc) -> None:
    id = job(service, service_account="spark@shop", subnetwork="default", runtime_version="2.2").execute(CONTEXT)
    assert id.startswith("bigflow-daily-totals-")
    base = "gs://code/sales/0.1.0"
    assert service.batches[id] == {
        "name": f"projects/shop/locations/europe-west1/batches/{id}",
        "operation": f"projects/shop/regions/europe-west1/operations/op-{id}",
        "pysparkBatch": {
            "mainPythonFileUri": f"{base}/entry_script/run_main.py",
            "args": ["--day", "1"],
            "pythonFileUris": [f"{base}/dependencies/dependencies.zip"],
            "archiveUris": [],
            "jarFileUris": [f"{base}/jars/postgresql.jar"],
        },
        "labels": {
            "bigflow-project": "sales",
            "bigflow-workflow": "daily",
            "bigflow-job": "totals",
            "bigflow-runtime": "2026-11-19-00-00-00",
        },
        "runtimeConfig": {"version": "2.2", "properties": {"spark.x": "a b"}},
        "environmentConfig": {
            "executionConfig": {"ttl": "900s", "serviceAccount": "spark@shop", "subnetworkUri": "default"}
        },
    }


def test_native_dependencies(service: StandInDataproc) -> None:
    batch = service.batches[job(service, bundle="gs://code/native").execute(CONTEXT)]
    archive = "gs://code/native/dependencies/environment.tar.gz#environment"
    assert batch["pysparkBatch"]["archiveUris"] == [archive]
    python = "./environment/bin/python"
    names = ("spark.dataproc.driverEnv.PYSPARK_PYTHON", "spark.executorEnv.PYSPARK_PYTHON")
    assert [batch["runtimeConfig"]["properties"][name] for name in names] == [python, python]


def test_states_are_told(service: StandInDataproc, caplog: pytest.LogCaptureFixture) -> None:
    service.states = ["PENDING", "PENDING", "RUNNING", "SUCCEEDED"]
    with caplog.at_level(logging.INFO, "bigflow.spark"):
        id = job(service).execute(CONTEXT)
    _, *states = caplog.messages
    assert states == [f"Dataproc batch {id}: {state}" for state in ("PENDING", "RUNNING", "SUCCEEDED")]


def test_a_failure_says_why_and_where_the_log_is(service: StandInDataproc) -> None:
    service.states, service.message, service.output = ["FAILED"], "Job failed: no rows", "gs://staging/driveroutput"
    with pytest.raises(BigflowError, match="ended as FAILED: Job failed: no rows") as told:
        job(service).execute(CONTEXT)
    assert "gs://staging/driveroutput, or gcloud dataproc batches wait bigflow-daily-totals-" in told.value.hint


def test_refused_for_a_moment(service: StandInDataproc) -> None:
    service.refusals = [(503, "later"), (429, "slow down")]
    job(service).execute(CONTEXT)
    assert service.asked.count("POST /v1/projects/shop/locations/europe-west1/batches") == 3


def test_a_container_that_is_restarted_follows_its_batch(
    service: StandInDataproc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("HOSTNAME", "daily-totals-x7")
    assert job(service).execute(CONTEXT) == job(service).execute(CONTEXT)
    assert len(service.batches) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_who_ends_us_ends_the_batch(service: StandInDataproc, number: signal.Signals) -> None:
    service.states = ["RUNNING"]
    service.created = lambda: threading.Timer(0.2, os.kill, [os.getpid(), number]).start()
    with pytest.raises((Terminated, KeyboardInterrupt)):
        attempt(job(service), CONTEXT, 60)
    assert len(service.cancelled) == 1


def soon() -> None:
    """The time limit of the attempt is over soon: it is a timer."""
    signal.setitimer(signal.ITIMER_REAL, 0.3)


def test_who_ends_us_while_it_is_being_created(service: StandInDataproc) -> None:
    service.states, service.slow = ["PENDING"], 1.0
    service.created = soon
    assert "TimedOut" in attempt(job(service), CONTEXT, 60).reason
    assert (len(service.batches), len(service.cancelled)) == (1, 1)


REFUSED = {
    "denied": (
        (403, "Permission 'dataproc.batches.create' denied"),
        OutsideError,
        "Google refuses .403.",
        "dataproc.editor",
    ),
    "no such subnetwork": (
        (400, "subnetwork default"),
        UsageError,
        "does not take it: subnetwork default",
        "europe-west1",
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_the_service_refuses(service: StandInDataproc, why: str) -> None:
    refusal, kind, message, hint = REFUSED[why]
    service.refusals = [refusal]
    with pytest.raises(kind, match=message) as told:
        job(service).execute(CONTEXT)
    assert hint in told.value.hint


def test_no_credentials(service: StandInDataproc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS")
    with pytest.raises(OutsideError, match="there are no Google credentials here"):
        job(service).execute(CONTEXT)
    assert service.asked == []


def test_a_key_that_google_does_not_take(service: StandInDataproc, tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    key.write_text(key.read_text().replace("/token", "/gone"), encoding="utf-8")
    with pytest.raises(OutsideError, match="gives no token"):
        job(service).execute(CONTEXT)


def test_nobody_answers(service: StandInDataproc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    with pytest.raises(Unreachable, match="cannot be reached"):
        job(service, endpoint="http://127.0.0.1:9").execute(CONTEXT)


@pytest.mark.parametrize(
    ("bundle", "message"), [("gs://code/9.9.9", "no bundle lies at"), ("gs://code/new", "schema 2")]
)
def test_a_bundle_that_will_not_do(service: StandInDataproc, bundle: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        job(service, bundle=bundle).execute(CONTEXT)
    assert service.batches == {}


def test_an_unknown_entry_script(service: StandInDataproc) -> None:
    with pytest.raises(UsageError, match="no entry script 'main'"):
        job(service, entry_script="main").execute(CONTEXT)
