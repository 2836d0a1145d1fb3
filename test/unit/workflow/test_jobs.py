"""Jobs of every make: classes, functions, things that only look like jobs."""

import inspect
import pickle
from pathlib import Path
from typing import Any

import pytest

from bigflow import Job, JobContext, Workflow, job
from bigflow.workflow.jobs import KNOWN_OPTIONS, FunctionJob, JobOptions, JobSettings, execute, settings

HERE = Path(__file__).name


class Extract(Job):
    id = "extract"
    retry_count = 7

    def execute(self, context: JobContext) -> str:
        return f"extracted {context.runtime_str}"


@job
def ping(context: JobContext) -> str:
    """Says that it is there."""
    return f"pong {context.job_id}"


@job(id="load-it", retry_count=5, pool="small")
def load(context: JobContext) -> JobContext:
    return context


CONTEXT = JobContext.make(runtime="2026-11-19")


def test_defaults_are_those_of_1_11() -> None:
    extract = Extract()
    assert (Job.retry_count, Job.retry_pause_sec, Job.execution_timeout_sec) == (3, 60, 10800)
    assert (extract.id, extract.retry_count, extract.retry_pause_sec) == ("extract", 7, 60)
    assert Extract("other", 1, 2, 3).id == "other"
    other = Extract("other", 1, 2, 3)
    assert (other.execution_timeout_sec, other.retry_count, other.retry_pause_sec) == (1, 2, 3)


def test_zero_retries_is_a_word_and_not_silence() -> None:
    assert Extract(retry_count=0).retry_count == 0


def test_options_have_one_list() -> None:
    assert sorted(JobOptions.__annotations__) == sorted(KNOWN_OPTIONS)
    assert all(hasattr(JobSettings, name) for name in KNOWN_OPTIONS)


def test_a_misspelt_option_is_named_with_what_was_meant() -> None:
    wrong: Any = {"retry_cuont": 3}
    with pytest.raises(TypeError, match="'retry_cuont'; did you mean 'retry_count'"):
        Extract(**wrong)


def test_a_job_without_work_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Job("nothing")  # type: ignore[abstract]


def test_a_function_is_a_job_and_still_a_function() -> None:
    assert isinstance(ping, FunctionJob)
    assert (ping.id, ping.__doc__) == ("ping", "Says that it is there.")
    assert ping(CONTEXT._replace(job_id="ping")) == "pong ping"
    assert (load.id, load.retry_count, load.pool) == ("load-it", 5, "small")
    assert execute(load, CONTEXT) is CONTEXT


def test_a_job_knows_where_it_was_written() -> None:
    here = inspect.currentframe()
    assert here is not None
    extract = Extract()
    assert extract.defined_at.endswith(f"{HERE}:{here.f_lineno - 1}")
    assert f"{HERE}:" in ping.defined_at


class Deep(Extract):
    def __init__(self, table: str) -> None:
        super().__init__(id=f"extract_{table}")
        self.table = table


def test_where_is_the_users_line_also_through_constructors() -> None:
    here = inspect.currentframe()
    assert here is not None
    assert Deep("orders").defined_at.endswith(f"{HERE}:{here.f_lineno}")


def test_jobs_survive_pickling() -> None:
    again = pickle.loads(pickle.dumps(Deep("orders")))
    assert (again.id, again.table, again.retry_count) == ("extract_orders", "orders", 7)


class Lookalike:
    id = "lookalike"

    def execute(self, context: JobContext) -> str:
        return context.runtime_str


class OfOld:
    id = "of_old"

    def run(self, runtime: str) -> str:
        return runtime


@pytest.mark.parametrize("thing", [Lookalike(), OfOld()])
def test_whatever_looks_like_a_job_is_one(thing: Any) -> None:
    assert execute(thing, CONTEXT) == "2026-11-19 00:00:00"
    workflow = Workflow("w", [thing])
    assert workflow.validate() == []
    assert workflow.run_job(thing.id, "2026-11-19") == "2026-11-19 00:00:00"


def test_settings_prefer_the_job_then_the_workflow_then_us() -> None:
    defaults = JobOptions(retry_count=1, pool="wide", retry_pause_sec=5)
    said = settings(Extract(pool="own"), defaults)
    assert (said.retry_count, said.pool, said.retry_pause_sec, said.execution_timeout_sec) == (7, "own", 5, 10800)
    assert settings(Lookalike(), defaults).retry_count == 1


def test_the_old_way_to_run_a_job_still_works_and_says_so() -> None:
    with pytest.warns(DeprecationWarning, match="run_job"):
        assert Extract().run("2026-11-19") == "extracted 2026-11-19 00:00:00"
