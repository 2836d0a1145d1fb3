"""A job run of EMR Serverless, as moto has it, with states, tokens and refusals as the service has them."""

import gzip
import logging
import os
import shlex
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from support.emr_serverless import CREDENTIALS, REGION, ROLE, emr_serverless
from support.emr_serverless import EmrServerless as Service
from support.spark_bundle import BUNDLE

from bigflow.artifacts.emr_bundle import FILE
from bigflow.errors import BigflowError, OutsideError, UsageError
from bigflow.runner.attempt import Terminated, attempt
from bigflow.spark import EmrServerless, SparkJob
from bigflow.spark.emr_serverless import run_on_emr
from bigflow.spark.waiting import Pace, Unreachable
from bigflow.workflow import JobContext, Workflow

QUICK = Pace(first=0.02, longest=0.05, farewell=1.0, lost_looks=2)
CONTEXT = JobContext.make(runtime=datetime(2026, 11, 19), env="prod")._replace(
    workflow_id="daily", run_id="r", attempt=2
)


@pytest.fixture(scope="module")
def moto() -> Iterator[Service]:
    with emr_serverless("code", "logs") as service:
        service.client("s3").put_object(Bucket="code", Key=f"sales/0.1.0/{FILE}", Body=BUNDLE.to_json().encode())
        yield service


@pytest.fixture
def service(moto: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": moto.endpoint}.items():
        monkeypatch.setenv(name, value)
    fresh = Service()
    moto.states, moto.details, moto.refusals, moto.slow = fresh.states, "", [], 0.0
    moto.started = lambda run: None
    moto.asked.clear()
    return moto


def place(service: Service, **changes: str) -> EmrServerless:
    plain = EmrServerless(application_id=service.application, execution_role_arn=ROLE, bundle="s3://code/sales/0.1.0")
    return replace(plain, **changes)  # type: ignore[arg-type]


class Quick(SparkJob):
    """The same in a hurry."""

    def execute(self, context: JobContext, /) -> str:
        assert isinstance(self.place, EmrServerless)
        return run_on_emr(self.place, self.application(context), QUICK)


def job(where: EmrServerless, **changes: object) -> SparkJob:
    told: dict[str, object] = {"entry_script": "run_main", "arguments": ["--day", "two words"], **changes}
    return Quick("totals", place=where, **told)  # type: ignore[arg-type]


def test_what_is_started(service: Service) -> None:
    where = place(service, log_uri="s3://logs/spark/")
    run = job(where, spark_conf={"spark.x": "a b"}, execution_timeout_sec=601).execute(CONTEXT)
    made = service.client("emr-serverless").get_job_run(applicationId=service.application, jobRunId=run)["jobRun"]
    driver = made["jobDriver"]["sparkSubmit"]
    base = "s3://code/sales/0.1.0"
    assert driver["entryPoint"] == f"{base}/entry_script/run_main.py"
    assert driver["entryPointArguments"] == ["--day", "two words"]
    words = shlex.split(driver["sparkSubmitParameters"])
    assert words[:4] == ["--py-files", f"{base}/dependencies/dependencies.zip", "--jars", f"{base}/jars/postgresql.jar"]
    assert made["configurationOverrides"] == {
        "applicationConfiguration": [{"classification": "spark-defaults", "properties": {"spark.x": "a b"}}],
        "monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "s3://logs/spark/"}},
    }
    assert made["tags"] == {
        "bigflow-project": "sales",
        "bigflow-workflow": "daily",
        "bigflow-job": "totals",
        "bigflow-runtime": "2026-11-19-00-00-00",
    }
    assert made["name"] == "daily.totals 2026-11-19 00:00:00"
    assert (made["executionTimeoutMinutes"], made["executionRole"]) == (11, ROLE)


def test_states_are_told_once_each(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    service.states = ["PENDING", "PENDING", "RUNNING", "RUNNING", "RUNNING", "SUCCESS"]
    with caplog.at_level(logging.INFO, "bigflow.spark"):
        run = job(place(service)).execute(CONTEXT)
    start, *states = caplog.messages
    assert run in start and "run_main from s3://code/sales/0.1.0" in start
    assert states == [f"EMR Serverless run {run}: {state}" for state in ("PENDING", "RUNNING", "SUCCESS")]


def test_a_failure_says_why_and_where_the_log_is(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    def write_log(run: str) -> None:
        lines = [f"line {number}\n" for number in range(300)] + [
            "ValueError: no rows\n",
            "26/11/19 01:02:03 INFO end\n",
        ]
        key = f"spark/applications/{service.application}/jobs/{run}/SPARK_DRIVER/stdout.gz"
        service.client("s3").put_object(Bucket="logs", Key=key, Body=gzip.compress("".join(lines).encode()))

    service.states, service.details, service.started = ["RUNNING", "FAILED"], "Job failed, please check logs", write_log
    with pytest.raises(
        BigflowError, match=r"ended as FAILED: Job failed, please check logs: ValueError: no rows"
    ) as told:
        job(place(service, log_uri="s3://logs/spark")).execute(CONTEXT)
    assert told.value.exit_code == 1
    assert Path(told.value.where.rpartition(":")[0]) == Path(__file__)
    assert f"s3://logs/spark/applications/{service.application}/jobs/" in told.value.hint
    shown = capsys.readouterr().out
    assert "line 299\nValueError: no rows" in shown
    assert "line 3\n" not in shown and "202 lines before" in shown


@pytest.mark.parametrize("log_uri", ["s3://logs/nothing", "s3://no-such-bucket/x", ""])
def test_a_failure_without_a_log_that_can_be_read(service: Service, log_uri: str) -> None:
    service.states, service.details = ["FAILED"], "out of memory"
    with pytest.raises(BigflowError, match="ended as FAILED: out of memory") as told:
        job(place(service, log_uri=log_uri)).execute(CONTEXT)
    assert str(told.value).splitlines()[0].endswith("out of memory")
    assert "SPARK_DRIVER/stdout.gz" in told.value.hint or "get-dashboard-for-job-run" in told.value.hint


def test_cancelled_by_somebody_else(service: Service) -> None:
    service.states = ["RUNNING", "CANCELLING", "CANCELLED"]
    with pytest.raises(BigflowError, match="ended as CANCELLED"):
        job(place(service)).execute(CONTEXT)


def test_throttled_and_cut_requests_are_asked_again(service: Service) -> None:
    service.refusals = [(429, "ThrottlingException", "slow down"), (503, "ServiceUnavailableException", "later")]
    job(place(service)).execute(CONTEXT)
    assert len({start["clientToken"] for start in service.starts}) == 1
    assert len(service.starts) == 3


def test_always_throttled(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)  # botocore's own pauses
    service.refusals = [(429, "ThrottlingException", "slow down")] * 100
    with pytest.raises(Unreachable, match="too busy for start_job_run: ThrottlingException"):
        job(place(service)).execute(CONTEXT)


@pytest.mark.parametrize(("number", "end"), [(signal.SIGTERM, Terminated), (signal.SIGINT, KeyboardInterrupt)])
def test_who_ends_us_ends_the_run(service: Service, number: int, end: type[BaseException]) -> None:
    service.states = ["RUNNING"]
    service.started = lambda run: threading.Timer(0.2, os.kill, [os.getpid(), number]).start()
    with pytest.raises(end):
        attempt(job(place(service)), CONTEXT, 60)
    assert len(service.starts) == len(service.cancelled) == 1


def in_a_moment(run: str) -> None:
    """The time limit of the attempt is over soon: it is a timer."""
    signal.setitimer(signal.ITIMER_REAL, 0.3)


def test_the_time_limit_ends_the_run(service: Service) -> None:
    service.states, service.started = ["RUNNING"], in_a_moment
    assert "TimedOut" in attempt(job(place(service)), CONTEXT, 60).reason
    assert len(service.starts) == len(service.cancelled) == 1


def test_who_ends_us_while_it_is_being_started(service: Service) -> None:
    """The answer that would have told which run it is never came: the same token tells."""
    service.states, service.slow, service.started = ["SUBMITTED"], 1.0, in_a_moment
    assert "TimedOut" in attempt(job(place(service)), CONTEXT, 60).reason
    first, second = service.starts
    assert first["clientToken"] == second["clientToken"]
    assert len(service.cancelled) == 1


def test_looks_that_fail_for_a_moment(service: Service) -> None:
    service.states = ["RUNNING"]
    service.started = lambda run: service.refusals.extend([(400, "TooManyRequestsException", "")] * 2)
    service.states = ["RUNNING", "SUCCESS"]
    job(place(service)).execute(CONTEXT)
    assert service.cancelled == []


REFUSED = {
    "denied": ((403, "AccessDeniedException", "no"), OutsideError, "AWS refuses start_job_run", "iam:PassRole"),
    "bad keys": ((403, "UnrecognizedClientException", "bad token"), OutsideError, "AWS refuses", "needed"),
    "not started": (
        (400, "ConflictException", "Application is in state STOPPED"), UsageError, "state STOPPED", "start-application",
    ),
    "another application": ((404, "ResourceNotFoundException", "x"), UsageError, "has no application", "list-app"),
}  # fmt: skip


@pytest.mark.parametrize("why", REFUSED)
def test_what_the_service_refuses(service: Service, why: str) -> None:
    refusal, kind, message, hint = REFUSED[why]
    service.refusals = [refusal]
    with pytest.raises(kind, match=message) as told:
        job(place(service)).execute(CONTEXT)
    assert hint in told.value.hint
    assert service.cancelled == []


def test_an_application_that_is_not_there(service: Service) -> None:
    with pytest.raises(UsageError, match="has no application 00000"):
        job(place(service, application_id="00000")).execute(CONTEXT)


def test_no_credentials(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises((OutsideError, UsageError), match="credentials"):
        job(place(service)).execute(CONTEXT)
    assert service.asked == []


def test_no_region(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(UsageError, match="no region"):
        job(place(service)).execute(CONTEXT)
    job(place(service, region=REGION)).execute(CONTEXT)


def test_nobody_answers(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_EMR_SERVERLESS", "http://127.0.0.1:9")
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    with pytest.raises(Unreachable, match="cannot be reached"):
        job(place(service)).execute(CONTEXT)


def test_no_bundle(service: Service) -> None:
    with pytest.raises(UsageError, match=r"no bundle lies at s3://code/sales/9\.9\.9") as told:
        job(place(service, bundle="s3://code/sales/9.9.9")).execute(CONTEXT)
    assert told.value.hint == "bigflow build --target emr; then: bigflow deploy"
    assert service.asked == []


def test_a_bundle_of_another_schema(service: Service) -> None:
    service.client("s3").put_object(Bucket="code", Key=f"new/{FILE}", Body=b'{"schema": 2}')
    with pytest.raises(UsageError, match="schema 2") as told:
        job(place(service, bundle="s3://code/new")).execute(CONTEXT)
    assert told.value.where == f"s3://code/new/{FILE}"


def test_an_unknown_entry_script(service: Service) -> None:
    with pytest.raises(UsageError, match="no entry script 'run_mian'") as told:
        job(place(service), entry_script="run_mian").execute(CONTEXT)
    assert told.value.hint == "did you mean 'run_main'?"
    assert service.asked == []


def test_in_a_workflow_the_default_limit_holds(service: Service) -> None:
    totals = job(place(service))
    daily = Workflow("daily", [totals], defaults={"execution_timeout_sec": 60})
    totals.execute(CONTEXT._replace(workflow=daily, run_id="another"))
    assert service.starts[0]["executionTimeoutMinutes"] == 5, "the shortest that EMR takes"


def test_two_attempts_are_two_runs_and_an_attempt_in_a_pod_is_one(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("HOSTNAME", "daily-totals-x7")
    same = {job(place(service)).execute(CONTEXT) for _ in range(2)}
    assert len(same) == 1
    assert job(place(service)).execute(CONTEXT._replace(attempt=3)) not in same
    monkeypatch.setenv("HOSTNAME", "daily-totals-y8")
    assert job(place(service)).execute(CONTEXT) not in same
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST")
    assert len({job(place(service)).execute(CONTEXT) for _ in range(2)}) == 2
