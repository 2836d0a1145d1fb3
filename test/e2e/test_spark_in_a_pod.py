"""A Spark job in its pod: the DAG of any other job, the framework's runtime, a bucket, and EMR Serverless."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from support.cli import bigflow, start, write_files
from support.emr_serverless import CREDENTIALS, ROLE, EmrServerless, emr_serverless
from support.spark_bundle import BUNDLE

from bigflow.artifacts.emr_bundle import FILE
from bigflow.builder.wheel.runtime import write_runtime

SPARK = f"""
from bigflow import Workflow
from bigflow.spark import EmrServerless, SparkJob

def place(context):
    import os
    return EmrServerless(
        application_id=os.environ["APPLICATION"], execution_role_arn="{ROLE}", bundle="s3://code/sales/{{version}}",
    )

totals = SparkJob(
    "totals", entry_script="run_main", place=place, arguments=lambda context: ["--day", context.runtime_str],
    retry_count=2, execution_timeout_sec=3600, resources={{"memory": "512Mi"}},
)
daily = Workflow("daily", [totals], start_date="2026-01-01")
"""
PLAIN = """
from bigflow import Workflow, job

@job(retry_count=2, execution_timeout_sec=3600, resources={"memory": "512Mi"})
def totals(context):
    "Runs run_main of the project's bundle on Spark."

daily = Workflow("daily", [totals], start_date="2026-01-01")
"""
PROJECT = '[tool.bigflow]\nname = "sales"\npackage = "sales"\nedition = "2026"\n'
INSTALLED = {"METADATA": "Metadata-Version: 2.1\nName: sales\nVersion: 0.1.0\n", "top_level.txt": "sales\n"}


@pytest.fixture(scope="module")
def service() -> Iterator[EmrServerless]:
    with emr_serverless("code") as stand_in:
        stand_in.client("s3").put_object(Bucket="code", Key=f"sales/0.1.0/{FILE}", Body=BUNDLE.to_json().encode())
        yield stand_in


@pytest.fixture
def variables(service: EmrServerless, tmp_path: Path) -> Mapping[str, str]:
    """Of a pod in whose image the project is installed, beside the framework's runtime."""
    fresh = EmrServerless()
    service.states, service.details, service.refusals = fresh.states, "", []
    service.asked.clear()
    packages = write_files(tmp_path / "packages", {"sales/__init__.py": "", "sales/workflow.py": SPARK})
    write_files(packages / "sales-0.1.0.dist-info", INSTALLED)
    write_runtime(str(tmp_path / "runtime.whl"))
    return {
        **CREDENTIALS,
        "AWS_ENDPOINT_URL": service.endpoint,
        "APPLICATION": service.application,
        "PYTHONPATH": os.pathsep.join((str(tmp_path / "runtime.whl"), str(packages))),
        "KUBERNETES_SERVICE_HOST": "10.0.0.1",
        "HOSTNAME": f"daily-totals-{tmp_path.name}",
        "BF_RUN_ID": "scheduled__2026-11-19",
        "BF_ATTEMPT": "2",
    }


def pod(variables: Mapping[str, str], folder: Path) -> "subprocess.Popen[str]":
    words = ("run", "--job", "daily.totals", "--runtime", "2026-11-19 00:00:00", "--project-package", "sales")
    (folder / "work").mkdir()
    return start(*words, "--config", "prod", cwd=folder / "work", env=variables)


def test_it_submits_waits_and_tells(service: EmrServerless, variables: Mapping[str, str], tmp_path: Path) -> None:
    with pod(variables, tmp_path) as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    (told,) = service.starts
    driver = told["jobDriver"]["sparkSubmit"]
    assert driver["entryPoint"] == "s3://code/sales/0.1.0/entry_script/run_main.py"
    assert driver["entryPointArguments"] == ["--day", "2026-11-19 00:00:00"]
    assert told["executionTimeoutMinutes"] == 60
    for state in ("SUBMITTED", "RUNNING", "SUCCESS"):
        assert "[daily.totals 2026-11-19 00:00:00 #2] bigflow.spark: EMR Serverless run" in said
        assert f": {state}\n" in said


def test_a_failure_is_the_pods(service: EmrServerless, variables: Mapping[str, str], tmp_path: Path) -> None:
    service.states, service.details = ["RUNNING", "FAILED"], "Job failed: ExitCode 1"
    with pod(variables, tmp_path) as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "ended as FAILED: Job failed: ExitCode 1" in said
    assert "hint: aws emr-serverless get-dashboard-for-job-run" in said


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_pod_that_is_deleted_ends_the_run(
    service: EmrServerless, variables: Mapping[str, str], tmp_path: Path, number: int, code: int
) -> None:
    service.states = ["RUNNING"]
    with pod(variables, tmp_path) as process:
        until = time.monotonic() + 60
        while len(service.asked) < 2 and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(number)
        began = time.monotonic()
        _, said = process.communicate(timeout=60)
    assert process.returncode == code, said
    assert time.monotonic() - began < 5, "what `bigflow run` waits before it kills"
    assert len(service.cancelled) == 1
    assert "was asked to end: CANCELLED" in said


def test_its_dag_is_that_of_any_other_job(tmp_path: Path) -> None:
    """Same names, same settings: same bytes. Nothing of Spark, or of a place, is known to Airflow."""
    built = {}
    for name, text in {"spark": SPARK, "plain": PLAIN}.items():
        root = write_files(
            tmp_path / name / "sales", {"pyproject.toml": PROJECT, "sales/__init__.py": "", "sales/workflow.py": text}
        )
        env = {"SOURCE_DATE_EPOCH": "1700000000", "HOME": str(tmp_path / "home")}
        done = bigflow("build-dags", "--parallel", "1", cwd=root, env=env, timeout=120)
        assert done.code == 0, done.err
        files = {path.name: path.read_text(encoding="utf-8") for path in (root / ".dags").iterdir()}
        built[name] = {
            file: re.sub(r"nogit\.[0-9a-f]+|\"code\": \"[0-9a-f]+\"", "", text) for file, text in files.items()
        }
    assert built["spark"] == built["plain"]
    assert 'job("totals", ' in built["spark"]["daily_dag.py"]
