"""Turns a bundle in a folder into one run of spark-submit on this machine."""

import codecs
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from bigflow import _ambient
from bigflow._process import Launch, ProgramMissing, run, watch
from bigflow.artifacts.emr_bundle import UNPACKED, EmrBundle
from bigflow.errors import BigflowError, UsageError
from bigflow.spark.application import Application
from bigflow.spark.bundle import read_bundle
from bigflow.spark.output import reason
from bigflow.spark.places import Local

_ASK_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The Python that runs the application, and where else it finds packages."""

    path: str
    packages: str = ""


def run_here(place: Local, application: Application) -> str:
    """Run it to its end; what it writes, on either stream, goes to our standard output."""
    base = os.path.abspath(place.bundle)
    bundle = read_bundle(base)
    entry_point = bundle.entry_point(base, application.entry_script)
    spark_submit = _spark_submit(place)
    _see_that_java_is_there()
    with _interpreter(bundle, base, place) as python:
        submission = bundle.submission(base, "client", python.path)
        conf = {**place.spark_conf, **application.spark_conf}
        words = (
            *(spark_submit, "--master", place.master, "--name", application.name),
            *submission.words(),
            *(word for name, value in conf.items() for word in ("--conf", f"{name}={value}")),
            *(entry_point, *application.arguments),
        )
        launch = Launch(words, env_add=_variables(python, spark_submit), timeout=application.limit)
        ended = watch(launch, _to_our_output(), lambda: False).completed
    if not ended.ok:
        raise BigflowError(
            f"{application.entry_script} failed on the Spark of this machine"
            f" (spark-submit ended with {ended.returncode}): {reason(ended.stdout)}",
            where=application.defined_at,
            hint="its whole output is above, or in the log of this attempt",
        )
    return ""


def _to_our_output() -> Callable[[bytes], None]:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def hand_on(chunk: bytes) -> None:
        sys.stdout.write(decoder.decode(chunk))
        sys.stdout.flush()

    return hand_on


@contextmanager
def _interpreter(bundle: EmrBundle, base: str, place: Local) -> Iterator[Interpreter]:
    """That of the bundle's environment, unpacked for as long as it runs; else the one that runs this job.

    Spark unpacks archives for its executors only. The driver's has to be there before Spark is.
    """
    if bundle.dependencies.kind != "environment":
        yield Interpreter(place.python or sys.executable)
        return
    with tempfile.TemporaryDirectory(prefix="bigflow-spark-", ignore_cleanup_errors=True) as folder:
        environment = os.path.join(folder, UNPACKED)
        _unpack(os.path.join(base, bundle.dependencies.path or ""), environment)
        own = os.path.join(environment, "bin", "python")
        _see_that_it_fits(place.python or own, bundle, place)
        packages = os.path.join(environment, "lib", f"python{bundle.python}", "site-packages")
        yield Interpreter(place.python, packages) if place.python else Interpreter(own)


def _unpack(archive: str, folder: str) -> None:
    os.mkdir(folder)
    done = run(["tar", "-xzf", archive, "-C", folder])
    if not done.ok:
        raise UsageError(
            f"it cannot be unpacked: {done.stderr.strip()}", where=archive, hint="bigflow build --target emr"
        )


def _see_that_it_fits(python: str, bundle: EmrBundle, place: Local) -> None:
    """Native code is for one version of Python; and the environment is a link to where EMR has its own."""
    told = f"the bundle of {bundle.project} {bundle.version} is for Python {bundle.python}"
    hint = f"Local(python=...) names one of this machine, such as python{bundle.python}"
    try:
        version = run([python, "-c", _ASK_VERSION]).stdout.strip()
    except ProgramMissing:
        wanted = place.python or f"at {bundle.interpreter}, where EMR has it"
        raise UsageError(f"{told}, and there is none {wanted}", hint=hint) from None
    if version != bundle.python:
        raise UsageError(f"{told}, and {python} is {version or 'none'}", hint=hint)


def _variables(python: Interpreter, spark_submit: str) -> Mapping[str, str | None]:
    """What is imported is the bundle's, not what lies around here.

    The spark-submit that pip installs asks a `python3` where Spark is: the one beside it knows.
    """
    path = os.pathsep.join((os.path.dirname(spark_submit), _ambient.environment().get("PATH", "")))
    told = {"PYTHONPATH": python.packages or None, "PATH": path}
    return {**told, "PYSPARK_PYTHON": None, "PYSPARK_DRIVER_PYTHON": None}


def _spark_submit(place: Local) -> str:
    """Where it is: beside our interpreter, where pip puts that of pyspark, else on PATH."""
    beside = os.path.dirname(sys.executable)
    path = os.pathsep.join((beside, _ambient.environment().get("PATH", "")))
    found = shutil.which(place.spark_submit, path=path)
    if found is None:
        raise UsageError(
            f"there is no {place.spark_submit} on this machine",
            hint="install pyspark into the project's environment, or say where it is: Local(spark_submit=...)",
        )
    return found


def _see_that_java_is_there() -> None:
    variables = _ambient.environment()
    home = variables.get("JAVA_HOME", "")
    java = os.path.join(home, "bin", "java") if home else "java"
    if shutil.which(java, path=variables.get("PATH", "")) is None:
        where = f"JAVA_HOME is {home}, and has no bin/java" if home else "there is none on PATH"
        raise UsageError(f"Spark needs Java: {where}", hint="install Java 17 (any runtime), or set JAVA_HOME")
