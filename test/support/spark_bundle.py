"""A bundle as a value, for tests that run no Spark."""

from bigflow.artifacts.emr_bundle import Dependencies, EmrBundle

BUNDLE = EmrBundle(
    project="sales",
    version="0.1.0",
    python="3.11",
    interpreter="/usr/bin/python3.11",
    wheel="whl_pkg/sales-0.1.0-py3-none-any.whl",
    dependencies=Dependencies("zip", "dependencies/dependencies.zip"),
    entry_scripts=(("run_main", "entry_script/run_main.py"),),
    jars=("jars/postgresql.jar",),
    files=(),
)
