"""What is computed before anything is submitted: places, labels, tokens, requests, and the reason in a log."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cli import write_files
from support.spark_bundle import BUNDLE

from bigflow.artifacts.emr_bundle import Dependencies
from bigflow.configuration import Config, ConfigurationError
from bigflow.errors import UsageError
from bigflow.spark import Dataproc, EmrServerless, Local, Place, SparkJob, place_from
from bigflow.spark.application import Application, label
from bigflow.spark.bundle import located
from bigflow.spark.dataproc_request import batch, batch_id
from bigflow.spark.emr_request import start_request
from bigflow.spark.libraries import library
from bigflow.spark.output import reason
from bigflow.workflow import JobContext, Workflow
from bigflow.workflow.jobs import KNOWN_OPTIONS, settings

EMR: dict[str, Any] = {
    "application_id": "00f1r3o5kd2tqe0l",
    "execution_role_arn": "arn:aws:iam::123456789012:role/team/spark",
    "bundle": "s3://code/sales/0.1.0",
}
GOOGLE: dict[str, Any] = {"project": "shop", "region": "europe-west1", "bundle": "gs://code/sales/0.1.0"}
CONTEXT = JobContext.make(runtime=datetime(2026, 11, 19), env="prod")
texts = st.text(max_size=80)


def application(name: str = "daily.totals", token: str = "0" * 40, **changes: Any) -> Application:
    told: dict[str, Any] = {"entry_script": "run_main", "arguments": (), "spark_conf": {}, "labels": {}, "limit": 60.0}
    return Application(**{**told, **changes}, name=name, token=token, defined_at="")


WRONG: dict[str, tuple[Callable[..., Place], dict[str, Any], str, str]] = {
    "no application": (EmrServerless, EMR, "application_id", ""),
    "an ARN instead of an id": (EmrServerless, EMR, "application_id", "arn:aws:emr-serverless:x"),
    "a role by its name": (EmrServerless, EMR, "execution_role_arn", "spark"),
    "a role of nobody": (EmrServerless, EMR, "execution_role_arn", "arn:aws:iam::12:role/x"),
    "a bundle of the other cloud": (EmrServerless, EMR, "bundle", "gs://code/sales"),
    "a bundle in a folder": (EmrServerless, EMR, "bundle", "build_output"),
    "an address that EMR would split": (EmrServerless, EMR, "bundle", "s3://code/my sales"),
    "a list in place of an address": (EmrServerless, EMR, "bundle", "s3://code/a,s3://code/b"),
    "logs without a bucket": (EmrServerless, EMR, "log_uri", "s3://"),
    "no project": (Dataproc, GOOGLE, "project", ""),
    "no region": (Dataproc, GOOGLE, "region", ""),
    "Amazon's bucket": (Dataproc, GOOGLE, "bundle", "s3://code/sales"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_place_that_cannot_be(what: str) -> None:
    kind, good, name, value = WRONG[what]
    kind(**good)
    with pytest.raises(UsageError, match=rf"\({name}={re.escape(repr(value))}\) cannot be") as told:
        kind(**{**good, name: value})
    assert told.value.hint


def test_the_place_is_that_of_the_environment() -> None:
    config = Config("local", {"spark": Local(), "table": "x"}).add_configuration(
        "prod", {"spark": EmrServerless(**EMR)}
    )
    place = place_from(config)
    assert place(CONTEXT) == EmrServerless(**EMR)
    assert place(CONTEXT._replace(env=None)) == Local()
    with pytest.raises(UsageError, match="the property 'table' of the configuration is no place"):
        place_from(config, "table")(CONTEXT)
    with pytest.raises(ConfigurationError, match="has no property 'sparc'"):
        place_from(config, "sparc")(CONTEXT)


@pytest.mark.parametrize("place", ["local", None, Local])
def test_what_is_no_place(place: Any) -> None:
    job = SparkJob("totals", entry_script="run_main", place=(lambda context: place))
    with pytest.raises(UsageError, match="no place for a Spark application") as told:
        job.execute(CONTEXT)
    assert Path(__file__).name in told.value.message


def test_a_spark_job_is_a_job_like_any_other() -> None:
    said: dict[str, Any] = {"retry_count": 7, "execution_timeout_sec": 60, "resources": {"memory": "1Gi"}, "pool": "p"}
    job = SparkJob("totals", entry_script="run_main", place=Local(), **said)
    settled = settings(job, {"priority": 5})
    assert {name: getattr(settled, name) for name in said} == said
    assert settled.priority == 5
    assert set(said) < set(KNOWN_OPTIONS)
    assert Workflow("daily", [job]).validate() == []
    assert Path(job.defined_at.rpartition(":")[0]) == Path(__file__)
    with pytest.raises(TypeError, match="did you mean 'retry_count'"):
        SparkJob("totals", entry_script="run_main", place=Local(), retry_counts=1)  # type: ignore[call-arg]


@given(texts)
def test_labels_are_what_both_clouds_take(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9_-]{0,63}", label(text))


@given(st.text(st.characters(min_codepoint=97, max_codepoint=122)).filter(lambda text: len(text) <= 63))
def test_a_label_that_is_one_stays(text: str) -> None:
    assert label(text) == text


@given(texts, st.text("0123456789abcdef", min_size=40, max_size=40))
def test_the_id_of_a_batch_is_one(name: str, token: str) -> None:
    id = batch_id(application(name, token))
    assert re.fullmatch(r"[a-z][a-z0-9-]{3,62}", id) and id.endswith(token[:12]) and "--" not in id


@given(st.dictionaries(texts, texts, max_size=3), st.dictionaries(texts, texts, max_size=3), st.lists(texts))
def test_what_the_user_sets_arrives_as_it_is(ours: dict[str, str], theirs: dict[str, str], words: list[str]) -> None:
    """Spaces, quotes and all: nothing of it goes through a shell, or through a text that somebody splits."""
    one = application(spark_conf=theirs, arguments=tuple(words))
    request: Any = start_request(EmrServerless(**EMR, spark_conf=ours), one, BUNDLE, EMR["bundle"])
    configured = request["configurationOverrides"].get("applicationConfiguration", [{"properties": {}}])
    assert configured[0]["properties"] == {**ours, **theirs}
    assert request["jobDriver"]["sparkSubmit"]["entryPointArguments"] == words
    made: Any = batch(Dataproc(**GOOGLE, spark_conf=ours), one, BUNDLE, GOOGLE["bundle"])
    assert made["runtimeConfig"].get("properties", {}) == {**ours, **theirs}
    assert made["pysparkBatch"]["args"] == words


def test_what_the_user_sets_wins_over_the_bundle() -> None:
    name = "spark.executorEnv.PYSPARK_PYTHON"
    native = replace(BUNDLE, dependencies=Dependencies("environment", "dependencies/environment.tar.gz", ("numpy",)))
    usual: Any = start_request(EmrServerless(**EMR), application(), native, EMR["bundle"])
    own: Any = start_request(EmrServerless(**EMR), application(spark_conf={name: "/my"}), native, EMR["bundle"])
    assert f"--conf {name}=./environment/bin/python" in usual["jobDriver"]["sparkSubmit"]["sparkSubmitParameters"]
    assert name not in own["jobDriver"]["sparkSubmit"]["sparkSubmitParameters"]
    assert "#environment" in own["jobDriver"]["sparkSubmit"]["sparkSubmitParameters"]


@pytest.mark.parametrize(("seconds", "minutes"), [(1, 5), (300, 5), (301, 6), (10800, 180)])
def test_the_limit_of_a_run_is_not_shorter_than_the_jobs(seconds: float, minutes: int) -> None:
    request = start_request(EmrServerless(**EMR), application(limit=seconds), BUNDLE, EMR["bundle"])
    assert request["executionTimeoutMinutes"] == minutes


REASONS = {
    "a traceback, and what Spark logs after it": (
        "Traceback (most recent call last):\n  File x\nValueError: no rows\n26/11/19 01:02:03 INFO Hook: bye\n",
        "ValueError: no rows",
    ),
    "an error of Java's": (
        'Exception in thread "main" org.apache.spark.SparkException: no such file\n\tat org.apache.x(Y.scala:1)\n',
        'Exception in thread "main" org.apache.spark.SparkException: no such file',
    ),
    "an error with a dotted name": (
        "py4j.protocol.Py4JJavaError: An error occurred\n: at\n", "py4j.protocol.Py4JJavaError: An error occurred",
    ),
    "sys.exit with words": ("the table is empty\n26/11/19 01:02:03 INFO bye\n", "the table is empty"),
    "nothing but Spark's log": ("26/11/19 01:02:03 ERROR Main: bad\n\n", "26/11/19 01:02:03 ERROR Main: bad"),
    "nothing": ("", ""),
}  # fmt: skip


@pytest.mark.parametrize("what", REASONS)
def test_the_reason_in_a_log(what: str) -> None:
    text, expected = REASONS[what]
    assert reason(text) == expected


def test_the_version_in_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = "Metadata-Version: 2.1\nName: big-sales\nVersion: 1.2.3+g12\n"
    info = tmp_path / "big_sales-1.2.3+g12.dist-info"
    write_files(info, {"METADATA": told, "top_level.txt": "sales_of_test\n"})
    write_files(tmp_path / "sales_of_test", {"__init__.py": "", "workflow.py": "", "other.py": ""})
    monkeypatch.syspath_prepend(str(tmp_path))
    from importlib import import_module

    import_module("sales_of_test.workflow")
    address = "s3://code/sales/{version}"
    assert located(address, f"{tmp_path}/sales_of_test/workflow.py:12") == "s3://code/sales/1.2.3-g12"
    assert located("s3://code/sales/9", "nowhere:1") == "s3://code/sales/9"
    with pytest.raises(UsageError, match=r"asks for the version of .*, which is not installed here") as told:
        located(address, f"{__file__}:1")
    assert told.value.where == f"{__file__}:1"


def test_a_library_that_the_image_does_not_have() -> None:
    with pytest.raises(UsageError, match="EMR Serverless needs the package 'no_such_package'") as told:
        library("no_such_package.session", "boto3", "EMR Serverless")
    assert told.value.hint.startswith("add boto3 to resources/requirements.in")
