"""Writes a project whose workflow has a Spark job, and lays its bundle out as a build does."""

import subprocess
import sys
import tarfile
import zipfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from textwrap import dedent
from typing import Literal

from support.cli import write_files

from bigflow._files import files_below
from bigflow.artifacts.artifact import Part
from bigflow.artifacts.emr_bundle import FILE, Dependencies, EmrBundle

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
        "REQUIREMENTS": "tomli\nnumpy\n" if native else "tomli\n",
    }
    for name, text in PROJECT.items():
        settled = dedent(text).lstrip("\n")
        for word, instead in changes.items():
            settled = settled.replace(word, instead)
        write_files(folder, {name: settled})
    _parent(folder / "jars" / jar.name).write_bytes(jar.read_bytes())
    lay_out(folder, kind, python)
    return folder


def lay_out(folder: Path, kind: Kind, python: Path) -> None:
    """The bundle, made by hand from what lies in the folder."""
    output = folder / "build_output"
    packages = folder / "installed"
    _uv(
        "pip",
        "install",
        "--python",
        str(python),
        "--target",
        str(packages),
        "-r",
        "resources/requirements.in",
        cwd=folder,
    )
    sources = {path: folder / path for path in files_below(str(folder)) if path.startswith("sales/")}
    wheel = "whl_pkg/sales-0.1.0-py3-none-any.whl"
    _zip(output / wheel, sources)
    content = {**{path: packages / path for path in files_below(str(packages))}, **sources}
    if kind == "zip":
        dependencies = Dependencies(kind, "dependencies/dependencies.zip")
        _zip(output / "dependencies/dependencies.zip", content)
    else:
        dependencies = Dependencies(kind, "dependencies/environment.tar.gz", ("numpy",))
        _environment(output / "dependencies/environment.tar.gz", content, python)
    copies = [path for path in files_below(str(folder)) if path.startswith(("entry_script/", "jars/"))]
    for path in copies:
        _parent(output / path).write_bytes((folder / path).read_bytes())
    bundle = EmrBundle(
        project="sales",
        version="0.1.0",
        python="3.11",
        interpreter=str(_real(python)),
        wheel=wheel,
        dependencies=dependencies,
        entry_scripts=tuple((Path(path).stem, path) for path in copies if path.startswith("entry_script/")),
        jars=tuple(path for path in copies if path.startswith("jars/")),
        files=tuple(_part(output, path) for path in files_below(str(output)) if path != FILE),
    )
    (output / FILE).write_text(bundle.to_json(), encoding="utf-8")


def _part(output: Path, path: str) -> Part:
    content = (output / path).read_bytes()
    return Part(path, len(content), sha256(content).hexdigest())


def _zip(archive: Path, files: dict[str, Path]) -> None:
    with zipfile.ZipFile(_parent(archive), "w") as file:
        for name, source in files.items():
            file.write(source, name)


def _environment(archive: Path, files: dict[str, Path], python: Path) -> None:
    """A virtual environment as Spark unpacks it, whose interpreter is a link."""
    link = tarfile.TarInfo("bin/python")
    link.type, link.linkname = tarfile.SYMTYPE, str(_real(python))
    told = f"home = {_real(python).parent}\n".encode()
    settings = tarfile.TarInfo("pyvenv.cfg")
    settings.size = len(told)
    with tarfile.open(_parent(archive), "w:gz", compresslevel=1) as file:
        file.addfile(link)
        file.addfile(settings, BytesIO(told))
        for name, source in files.items():
            file.add(source, f"lib/python3.11/site-packages/{name}")


def _real(python: Path) -> Path:
    """The interpreter of which an environment's is a link."""
    ask = [str(python), "-c", "import sys; print(sys._base_executable)"]
    return Path(subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip())


def _uv(*words: str, cwd: Path) -> None:
    subprocess.run([sys.executable, "-m", "uv", "-q", *words], check=True, cwd=cwd)


def _parent(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
