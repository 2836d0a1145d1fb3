"""Turns a wish for Spark into a real one from PyPI, installed once and kept, with the Java of this machine."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from support.airflow import python_with
from support.needs import missing

VERSION = "3.5.9"
PYTHON = "3.11"


@dataclass(frozen=True, slots=True)
class Spark:
    """Its interpreter has pyspark, and nothing else."""

    python: Path

    @property
    def submit(self) -> Path:
        return self.python.with_name("spark-submit")

    @property
    def home(self) -> Path:
        return self.python.parents[1] / "lib" / f"python{PYTHON}" / "site-packages" / "pyspark"


def spark() -> Spark:
    if shutil.which("java") is None:
        missing("Java", "there is none on PATH (Debian: openjdk-17-jre-headless)")
    return Spark(python_with(f"spark-{VERSION}", (f"pyspark=={VERSION}",), PYTHON))


def jdbc_jar() -> Path:
    """PostgreSQL's driver, as Debian has it."""
    jar = Path("/usr/share/java/postgresql.jar")
    if not jar.exists():
        missing("PostgreSQL's JDBC driver", f"there is no {jar} (Debian: libpostgresql-jdbc-java)")
    return jar
