"""What EMR Serverless is told is enough: a real Spark that knows nothing but the request runs the bundle from S3."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from support.emr_serverless import CREDENTIALS, ROLE, EmrServerless, emr_serverless
from support.emr_worker import Worker
from support.postgres import Postgres, postgres
from support.spark import Spark, jdbc_jar, spark
from support.spark_project import ORDERS, spark_project

from bigflow._files import files_below
from bigflow.errors import BigflowError
from bigflow.spark import EmrServerless as Place
from bigflow.spark import SparkJob
from bigflow.workflow import JobContext


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    with postgres() as server:
        server.ask(ORDERS)
        yield server


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmrServerless]:
    real: Spark = spark()
    folder = tmp_path_factory.mktemp("emr")
    output = spark_project(folder / "project", "", "environment", real.python, jdbc_jar()) / "build_output"
    with emr_serverless("code", "logs") as stand_in:
        s3 = stand_in.client("s3")
        for path in files_below(str(output)):
            s3.upload_file(str(output / path), "code", f"sales/0.1.0/{path}")
        stand_in.started = Worker(stand_in, real, folder / "runs").take
        yield stand_in


@pytest.fixture
def job(service: EmrServerless, database: Postgres, monkeypatch: pytest.MonkeyPatch) -> SparkJob:
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": service.endpoint}.items():
        monkeypatch.setenv(name, value)
    place = Place(
        application_id=service.application,
        execution_role_arn=ROLE,
        bundle="s3://code/sales/0.1.0",
        log_uri="s3://logs/spark",
    )
    return SparkJob(
        "totals",
        entry_script="run_main",
        place=place,
        arguments=lambda context: ["--url", database.jdbc, "--day", f"{context.runtime:%Y-%m-%d}"],
        spark_conf={"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "1"},
    )


def test_orders_become_totals(job: SparkJob, database: Postgres) -> None:
    job.execute(JobContext.make(runtime=datetime(2026, 11, 19)))
    assert sorted(database.ask("select country, total from totals")) == [("DE", "10.5"), ("PL", "22.5")]


def test_the_scripts_own_words_come_back(job: SparkJob, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BigflowError, match="ended as FAILED: ExitCode: 1: ValueError: no orders of 2026-11-01"):
        job.execute(JobContext.make(runtime=datetime(2026, 11, 1)))
    assert "0 orders of 2026-11-01" in capsys.readouterr().out
