"""Writes a project whose workflow has a Spark job, and builds its bundle."""

import os
import subprocess
from pathlib import Path
from textwrap import dedent
from typing import Literal

from support.cli import bigflow, write_files

Kind = Literal["zip", "environment"]

PROJECT = {
    "pyproject.toml": """
        [project]
        name = "sales"
        version = "0.1.0"

        [tool.setuptools]
        packages = ["sales"]

        [tool.bigflow]
        package = "sales"
        edition = "2026"
        build = {tests = false}

        [tool.bigflow.emr]
        python = "3.11"
        interpreter = "INTERPRETER"
        glibc = "2.34"
        jars = ["jars"]
        """,
    "resources/requirements.in": "REQUIREMENTS",
    "sales/__init__.py": "",
    # Runs on the executors: it is imported there, and so is what it needs.
    "sales/tax.py": """
        def with_tax(price):
            import tomli  # a distribution of its own, of pure Python
            return round(price * tomli.loads("rate = 1.5")["rate"], 2)

        def median(prices):
            import numpy
            return float(numpy.median(prices))
        """,
    "sales/workflow.py": """
        from bigflow import Config, Workflow
        from bigflow.spark import Local, SparkJob, place_from

        config = Config("local", {"spark": Local(PLACE)})
        totals = SparkJob(
            "totals",
            entry_script="run_main",
            place=place_from(config),
            arguments=lambda context: ["--url", context.params["url"], "--day", f"{context.runtime:%Y-%m-%d}"],
            spark_conf={"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "1"},
            retry_count=0,
        )
        daily = Workflow("daily", [totals], start_date="2026-01-01", params={"url": "", "median": ""})
        """,
    "entry_script/run_main.py": """
        import argparse

        from pyspark.sql import SparkSession
        from pyspark.sql.functions import col, collect_list, sum, udf
        from sales.tax import median, with_tax

        parser = argparse.ArgumentParser()
        parser.add_argument("--url", required=True)
        parser.add_argument("--day", required=True)
        wanted = parser.parse_args()
        spark = SparkSession.builder.getOrCreate()
        told = {"user": "postgres", "driver": "org.postgresql.Driver"}
        orders = spark.read.jdbc(wanted.url, "orders", properties=told).where(col("day") == wanted.day)
        print(f"{orders.count()} orders of {wanted.day}")
        if not orders.count():
            raise ValueError(f"no orders of {wanted.day}")
        prices = orders.select("country", udf(with_tax, "double")("price").alias("price"))
        totals = prices.groupBy("country").agg(AGGREGATE.alias("total"))
        totals.write.jdbc(wanted.url, "totals", mode="overwrite", properties=told)
        """,
}
ORDERS = """
create table orders (day text, country text, price double precision);
insert into orders values ('2026-11-19', 'PL', 10), ('2026-11-19', 'PL', 20), ('2026-11-19', 'DE', 7),
                          ('2026-11-18', 'PL', 1000)
"""


def spark_project(folder: Path, place: str, kind: Kind, python: Path, jar: Path) -> Path:
    """The project, with its bundle in `build_output`. `place` is what `Local(...)` is given."""
    native = kind == "environment"
    changes = {
        "PLACE": place,
        "AGGREGATE": "udf(median, 'double')(collect_list('price'))" if native else "sum('price')",
        "INTERPRETER": str(_real(python)),
        "REQUIREMENTS": "tomli\nnumpy\n" if native else "tomli\n",
    }
    for name, text in PROJECT.items():
        settled = dedent(text).lstrip("\n")
        for word, instead in changes.items():
            settled = settled.replace(word, instead)
        write_files(folder, {name: settled})
    _parent(folder / "jars" / jar.name).write_bytes(jar.read_bytes())
    for words in (["build-requirements"], ["build", "--target", "emr"]):
        done = bigflow(*words, cwd=folder, env={**os.environ, "HOME": str(folder / "home")}, timeout=600)
        assert done.code == 0, done.out + done.err
    return folder


def _real(python: Path) -> Path:
    """The interpreter of which an environment's is a link."""
    ask = [str(python), "-c", "import sys; print(sys._base_executable)"]
    return Path(subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip())


def _parent(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
