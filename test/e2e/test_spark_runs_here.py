"""A real Spark runs a bundle as it is laid out: from the command line, with a real PostgreSQL at both ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.cli import Result, bigflow
from support.postgres import Postgres, postgres
from support.spark import Spark, jdbc_jar, spark
from support.spark_project import ORDERS, Kind, spark_project


@pytest.fixture(scope="module")
def real() -> Spark:
    return spark()


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    with postgres() as server:
        server.ask(ORDERS)
        yield server


@pytest.fixture(scope="module", params=["zip", "environment"])
def project(request: pytest.FixtureRequest, real: Spark, tmp_path_factory: pytest.TempPathFactory) -> Path:
    kind: Kind = request.param
    own = "" if kind == "environment" else f", python={str(real.python)!r}"
    place = f"spark_submit={str(real.submit)!r}{own}"
    return spark_project(tmp_path_factory.mktemp(kind), place, kind, real.python, jdbc_jar())


def run(project: Path, database: Postgres, day: str) -> Result:
    words = ("run", "-w", "daily", "-c", "local", "-r", day, "-p", f"url={database.jdbc}", "--no-retries")
    return bigflow(*words, cwd=project, timeout=300)


def test_orders_become_totals(project: Path, database: Postgres) -> None:
    database.ask("drop table if exists totals")
    done = run(project, database, "2026-11-19")
    assert done.code == 0, done.out + done.err
    # With tax, computed by the project's code on the executors: of PL the sum is 45, the median 22.5.
    polish = "22.5" if "environment" in project.name else "45"
    assert sorted(database.ask("select country, total from totals")) == [("DE", "10.5"), ("PL", polish)]
    (log,) = (project / ".bigflow").rglob("totals*.log")
    assert "3 orders of 2026-11-19" in log.read_text()


def test_a_day_without_orders_fails_with_the_scripts_own_words(project: Path, database: Postgres) -> None:
    done = run(project, database, "2026-11-01")
    assert done.code == 1
    assert "(spark-submit ended with 1): ValueError: no orders of 2026-11-01" in done.err
