"""Writes a project whose workflow has a Spark job, and lays its bundle out as a build does."""

import subprocess
import sys
import tarfile
import zipfile
from hashlib import sha256
from pathlib import Path
from textwrap import dedent
from typing import Literal

from support.cli import write_files

from bigflow._files import files_below
from bigflow.artifacts.artifact import Part
from bigflow.artifacts.emr_bundle import FILE, Dependencies, EmrBundle

Kind = Literal["none", "zip", "environment"]

PROJECT = {
    "pyproject.toml": '[tool.bigflow]\nname = "sales"\npackage = "sales"\nedition = "2026"\n',
    "sales/__init__.py": "",
    # Runs on the executors: it is imported there, and so is what it needs.
    "sales/tax.py": """
        def with_tax(price):
            from rates import RATE  # a distribution of its own, of pure Python
            return round(price * RATE, 2)

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
        from pyspark.sql.functions import col, collect_list, udf
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
RATES = {"rates.py": "RATE = 1.5\n"}


def spark_project(folder: Path, place: str, kind: Kind, python: Path, jars: tuple[Path, ...] = ()) -> Path:
    """The project, with its bundle in `build_output`. `place` is what `Local(...)` is given."""
    aggregate = (
        "udf(median, 'double')(collect_list('price'))"
        if kind == "environment"
        else "__import__('pyspark').sql.functions.sum('price')"
    )
    changes = {"PLACE": place, "AGGREGATE": aggregate}
    for name, text in PROJECT.items():
        settled = dedent(text).lstrip("\n")
        for word, instead in changes.items():
            settled = settled.replace(word, instead)
        write_files(folder, {name: settled})
    lay_out(folder, kind, python, jars)  # or: bigflow("build", "--target", "emr", cwd=folder)
    return folder


def lay_out(folder: Path, kind: Kind, python: Path, jars: tuple[Path, ...] = ()) -> EmrBundle:
    """The bundle, made by hand from what lies in the folder."""
    output = folder / "build_output"
    sources = {path: folder / path for path in files_below(str(folder)) if path.startswith("sales/")}
    wheel = "whl_pkg/sales-0.1.0-py3-none-any.whl"
    _zip(output / wheel, sources)
    rates = write_files(folder / "rates", RATES) / "rates.py"
    dependencies = Dependencies(kind, None)
    if kind == "zip":
        dependencies = Dependencies(kind, "dependencies/dependencies.zip")
        _zip(output / "dependencies/dependencies.zip", {**sources, "rates.py": rates})
    elif kind == "environment":
        dependencies = Dependencies(kind, "dependencies/environment.tar.gz", ("numpy",))
        _environment(output / "dependencies/environment.tar.gz", {**sources, "rates.py": rates}, python)
    copies = {f"jars/{jar.name}": jar for jar in jars}
    scripts = sorted((folder / "entry_script").glob("*.py"))
    copies |= {f"entry_script/{script.name}": script for script in scripts}
    for name, source in copies.items():
        _parent(output / name).write_bytes(source.read_bytes())
    bundle = EmrBundle(
        project="sales",
        version="0.1.0",
        python="3.11",
        interpreter="/usr/bin/python3.11",
        wheel=wheel,
        dependencies=dependencies,
        entry_scripts=tuple((script.stem, f"entry_script/{script.name}") for script in scripts),
        jars=tuple(f"jars/{jar.name}" for jar in jars),
        files=tuple(_part(output, path) for path in files_below(str(output)) if path != FILE),
    )
    (output / FILE).write_text(bundle.to_json(), encoding="utf-8")
    return bundle


def _part(output: Path, path: str) -> Part:
    content = (output / path).read_bytes()
    return Part(path, len(content), sha256(content).hexdigest())


def _zip(archive: Path, files: dict[str, Path]) -> None:
    with zipfile.ZipFile(_parent(archive), "w") as file:
        for name, source in files.items():
            file.write(source, name)


def _environment(archive: Path, files: dict[str, Path], python: Path) -> None:
    """A virtual environment as Spark unpacks it: numpy, the project, and a link to the interpreter."""
    ask = [str(python), "-c", "import sys; print(sys._base_executable); print('%d.%d' % sys.version_info[:2])"]
    real, version = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.split()
    packages = f"lib/python{version}/site-packages"
    numpy = archive.parents[2] / "numpy"
    install = [
        sys.executable,
        "-m",
        "uv",
        "-q",
        "pip",
        "install",
        "--python",
        str(python),
        "--target",
        str(numpy),
        "numpy",
    ]
    subprocess.run(install, check=True)
    told = archive.parents[2] / "pyvenv.cfg"
    told.write_text(f"home = {Path(real).parent}\n", encoding="utf-8")
    link = tarfile.TarInfo("bin/python")
    link.type, link.linkname = tarfile.SYMTYPE, real
    with tarfile.open(_parent(archive), "w:gz", compresslevel=1) as file:
        file.addfile(link)
        file.add(told, "pyvenv.cfg")
        file.add(numpy, packages)
        for name, source in files.items():
            file.add(source, f"{packages}/{name}")


def _parent(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
