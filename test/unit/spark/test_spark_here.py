"""spark-submit on this machine: what it is told, how it ends, and what may be missing. Stand-ins are scripts."""

import json
import os
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from support.cli import write_files
from support.spark_bundle import BUNDLE

from bigflow.artifacts.emr_bundle import FILE, Dependencies, EmrBundle
from bigflow.errors import BigflowError, UsageError
from bigflow.runner.attempt import attempt
from bigflow.spark import Local, SparkJob
from bigflow.workflow import JobContext

CONTEXT = JobContext.make(runtime=datetime(2026, 11, 19), env="local")._replace(workflow_id="daily")
TELLS = """\
#!{python}
import json, os, sys
told = {{"words": sys.argv[1:], "path": os.environ.get("PYTHONPATH"), "pyspark": os.environ.get("PYSPARK_PYTHON")}}
open({told!r}, "w").write(json.dumps(told))
print("zażółć")
"""


@pytest.fixture(autouse=True)
def java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_program(tmp_path / "jdk" / "bin" / "java", "#!/bin/sh\n")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))


def write_program(path: Path, text: str) -> str:
    write_files(path.parent, {path.name: text})
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_files(tmp_path / "build_output", {FILE: BUNDLE.to_json()})


@pytest.fixture
def told(tmp_path: Path) -> Callable[[], Any]:
    return lambda: json.loads((tmp_path / "told").read_text())


@pytest.fixture
def place(folder: Path, tmp_path: Path) -> Local:
    script = TELLS.format(python=sys.executable, told=str(tmp_path / "told"))
    return Local(bundle=str(folder), spark_submit=write_program(tmp_path / "bin" / "spark-submit", script))


def failing(place: Local, tmp_path: Path, script: str) -> Local:
    return replace(place, spark_submit=write_program(tmp_path / "bin" / "fails", f"#!/bin/sh\n{script}\n"))


def execute(place: Local, **changes: Any) -> None:
    SparkJob("totals", **{"entry_script": "run_main", "place": place, **changes}).execute(CONTEXT)


def test_what_spark_submit_is_told(
    place: Local,
    folder: Path,
    told: Callable[[], Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("PYSPARK_PYTHON", "/another/python")
    execute(
        replace(place, spark_conf={"spark.a": "1", "spark.b": "1"}),
        arguments=lambda context: ["--day", f"{context.runtime:%Y-%m-%d}"],
        spark_conf={"spark.b": "two words"},
    )
    assert told()["words"] == [
        *("--master", "local[*]", "--name", "daily.totals 2026-11-19 00:00:00"),
        *("--py-files", f"{folder}/dependencies/dependencies.zip", "--jars", f"{folder}/jars/postgresql.jar"),
        *(
            "--conf",
            f"spark.pyspark.driver.python={sys.executable}",
            "--conf",
            f"spark.pyspark.python={sys.executable}",
        ),
        *("--conf", "spark.a=1", "--conf", "spark.b=two words"),
        *(f"{folder}/entry_script/run_main.py", "--day", "2026-11-19"),
    ]
    assert told()["path"] is None and told()["pyspark"] is None
    assert capsys.readouterr().out == "zażółć\n"


def test_spark_fails(place: Local, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = (
        "echo Traceback...; echo ValueError: no rows >&2; echo 26/11/19 01:02:03 INFO ShutdownHookManager: bye; exit 3"
    )
    with pytest.raises(BigflowError, match=r"\(spark-submit ended with 3\): ValueError: no rows") as error:
        execute(failing(place, tmp_path, script))
    assert error.value.exit_code == 1
    assert Path(error.value.where.rpartition(":")[0]) == Path(__file__)
    assert "Traceback...\nValueError: no rows\n" in capsys.readouterr().out


def test_spark_is_killed(place: Local, tmp_path: Path) -> None:
    with pytest.raises(BigflowError, match="ended with -9"):
        execute(failing(place, tmp_path, "kill -9 $$"))


def test_the_time_limit_ends_all_that_spark_started(place: Local, tmp_path: Path) -> None:
    mark = tmp_path / "alive"
    hangs = failing(place, tmp_path, f"(while true; do touch {mark}; sleep 0.05; done) & wait")
    job = SparkJob("totals", entry_script="run_main", place=hangs)
    assert "TimedOut" in attempt(job, CONTEXT, 1.5).reason
    assert mark.exists()
    mark.unlink()
    time.sleep(0.2)
    assert not mark.exists()


def test_no_spark_submit(place: Local) -> None:
    with pytest.raises(UsageError, match="there is no spark-sumbit on this machine") as error:
        execute(replace(place, spark_submit="spark-sumbit"))
    assert "install pyspark" in error.value.hint


@pytest.mark.parametrize("home", ["", "/nowhere"])
def test_no_java(place: Local, home: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", home)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(UsageError, match=f"Spark needs Java: {'JAVA_HOME is /nowhere' if home else 'there is none'}"):
        execute(place)


def test_no_bundle(place: Local, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"no bundle lies at {tmp_path}/nothing") as error:
        execute(replace(place, bundle=str(tmp_path / "nothing")))
    assert error.value.hint == "bigflow build --target emr"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 1}'])
def test_a_damaged_manifest(place: Local, folder: Path, text: str) -> None:
    (folder / FILE).write_text(text)
    with pytest.raises(UsageError, match="manifest cannot be read") as error:
        execute(place)
    assert error.value.where == str(folder / FILE)


def test_an_unknown_entry_script(place: Local) -> None:
    with pytest.raises(UsageError, match="has no entry script 'run-main'") as error:
        execute(place, entry_script="run-main")
    assert error.value.hint == "did you mean 'run_main'?"


@pytest.mark.parametrize("empty", [(), []])
def test_a_text_is_no_list_of_arguments(place: Local, empty: object) -> None:
    execute(place, arguments=empty)
    with pytest.raises(UsageError, match="are one text, '--day 1'") as error:
        execute(place, arguments="--day 1")
    assert error.value.hint == "a list: ['--day', '1']"
    assert Path(error.value.where.rpartition(":")[0]).name == Path(__file__).name


def native(folder: Path, interpreter: str, version: str) -> EmrBundle:
    """A bundle with an environment whose python is a link to that interpreter."""
    bundle = replace(
        BUNDLE, python=version, dependencies=Dependencies("environment", "dependencies/environment.tar.gz", ("numpy",))
    )
    (folder / FILE).write_text(bundle.to_json())
    (folder / "dependencies").mkdir()
    link = tarfile.TarInfo("bin/python")
    link.type, link.linkname = tarfile.SYMTYPE, interpreter
    with tarfile.open(folder / "dependencies/environment.tar.gz", "w:gz") as archive:
        archive.addfile(link)
    return bundle


HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def test_an_environment_is_unpacked_for_the_driver_and_gone_afterwards(
    place: Local, folder: Path, told: Callable[[], Any]
) -> None:
    native(folder, sys.executable, HERE)
    execute(place)
    words = told()["words"]
    assert f"spark.archives={folder}/dependencies/environment.tar.gz#environment" in words
    (python,) = {word.partition("=")[2] for word in words if "pyspark" in word}
    assert python.endswith("/environment/bin/python") and not os.path.lexists(python)


def test_an_environment_with_an_interpreter_of_this_machine(
    place: Local, folder: Path, told: Callable[[], Any]
) -> None:
    native(folder, "/usr/bin/python-of-emr", HERE)
    execute(replace(place, python=sys.executable))
    assert told()["path"].endswith(f"/environment/lib/python{HERE}/site-packages")
    assert f"spark.pyspark.python={sys.executable}" in told()["words"]


def test_an_environment_for_an_interpreter_that_is_not_here(place: Local, folder: Path) -> None:
    native(folder, "/usr/bin/python-of-emr", HERE)
    with pytest.raises(
        UsageError, match=f"is for Python {HERE}, and there is none at /usr/bin/python3.11, where EMR"
    ) as error:
        execute(place)
    assert f"python{HERE}" in error.value.hint
    with pytest.raises(UsageError, match="and there is none python-that-is-not-here"):
        execute(replace(place, python="python-that-is-not-here"))


def test_an_environment_for_another_python(place: Local, folder: Path) -> None:
    native(folder, sys.executable, "3.7")
    with pytest.raises(UsageError, match=rf"is for Python 3\.7, and .* is {HERE}"):
        execute(place)


def test_an_environment_that_is_damaged(place: Local, folder: Path) -> None:
    native(folder, sys.executable, HERE)
    (folder / "dependencies/environment.tar.gz").write_bytes(b"no archive")
    with pytest.raises(UsageError, match="cannot be unpacked") as error:
        execute(place)
    assert error.value.where.endswith("environment.tar.gz")


def test_reading_the_workflow_loads_no_library(tmp_path: Path) -> None:
    """Every pod of the project imports it, also those whose jobs have nothing to do with Spark."""
    script = (
        "import bigflow.spark, sys; print(sorted({'botocore', 'google.auth', 'urllib3', 'ssl'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
