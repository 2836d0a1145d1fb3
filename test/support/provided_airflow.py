"""Turns a version of Airflow into the interpreter of an installation with all providers that a DAG file can need."""

from pathlib import Path

from support.airflow import airflow_python

# Each supported Airflow, with the Kubernetes provider that it is tried with. For the next version: add it here, and run
# `python test/support/airflow_tables.py 3.4.0`.
SUPPORTED = {
    "2.9.3": "10.4.3",
    "2.10.5": "10.5.0",
    "2.11.2": "10.25.0",
    "3.0.6": "10.25.0",
    "3.1.8": "10.25.0",
    "3.2.2": "10.25.0",
    "3.3.2": "10.25.0",
}
OLDEST = ("2.9.3", "8.3.3")  # what somebody has who installed it then and never upgraded the provider


def provided_airflow(version: str, kubernetes: str = "") -> Path:
    """Its interpreter."""
    pinned = f"apache-airflow-providers-cncf-kubernetes=={kubernetes or SUPPORTED[version]}"
    return airflow_python(version, pinned, *(f"apache-airflow-providers-{name}" for name in ("http", "slack", "smtp")))
