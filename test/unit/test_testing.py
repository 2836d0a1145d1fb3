"""What a test of a user's job or workflow gets back, and what it finds unchanged afterwards."""

import asyncio
import gc
import os
import signal
import subprocess
import sys
import threading
import time
import unittest
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.cli import clean_environment, write_files

from bigflow import Definition, Job, JobContext, Workflow, job
from bigflow.errors import UsageError
from bigflow.testing import JobFailed, JobResult, WorkflowResult, run_job, run_workflow
from bigflow.workflow import InvalidJobGraph

DAY = "2026-11-19"


@job
def rows(context: JobContext) -> int:
    return 3


@job
def day(context: JobContext) -> str:
    return f"{context.runtime:%Y-%m-%d} to {context.interval_end:%Y-%m-%d}"


@job
def told(context: JobContext) -> dict[str, object]:
    return {"env": context.env, "bf_env": os.environ.get("bf_env"), **context.params}


class NoRows(Exception):
    pass


@job
def fails(context: JobContext) -> None:
    raise NoRows("none today")


@job
def after(context: JobContext) -> str:
    return "never"


@job(trigger_rule="all_done")
def tidy(context: JobContext) -> None: ...


class Flaky(Job):
    id = "flaky"
    retry_pause_sec = 600
    retry_count = 2

    def __init__(self, successes_from: int) -> None:
        super().__init__()
        self.successes_from = successes_from

    def execute(self, context: JobContext) -> int:
        if context.attempt < self.successes_from:
            raise NoRows(context.attempt)
        return context.attempt


class TestOneJob:
    def test_its_value(self) -> None:
        result = run_job(rows, runtime=DAY)
        assert (result.job_id, result.state, result.value, result.attempts) == ("rows", "success", 3, 1)
        assert result.raise_for_failure() is result

    def test_the_very_exception(self) -> None:
        result = run_job(fails, runtime=DAY)
        assert (result.succeeded, result.reason.endswith("NoRows: none today")) == (False, True)
        with pytest.raises(NoRows) as caught:
            result.raise_for_failure()
        assert caught.value is result.error
        assert caught.traceback[-1].name == "fails", "the user's line comes last"

    @pytest.mark.parametrize("runtime", [DAY, datetime(2026, 11, 19), datetime(2026, 11, 19).date()])
    def test_alone_it_is_for_a_day(self, runtime: Any) -> None:
        assert run_job(day, runtime=runtime).value == "2026-11-19 to 2026-11-20"

    def test_without_a_runtime_it_is_for_the_last_complete_day(self) -> None:
        value = run_job(job(id="end")(lambda context: context.interval_end)).value
        assert isinstance(value, datetime)
        assert value.time() == datetime.min.time()

    def test_params_and_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("bf_env", "mine")
        result = run_job(told, runtime=DAY, env="dev", params={"top": 3})
        assert result.value == {"env": "dev", "bf_env": "dev", "top": 3}
        assert os.environ["bf_env"] == "mine"
        assert run_job(told, runtime=DAY).value == {"env": "mine", "bf_env": "mine"}

    def test_the_environment_is_forgotten_also_after_a_failure(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("bf_env", raising=False)
        run_job(fails, env="dev")
        with pytest.raises(UsageError):
            run_job(told, runtime="yesterday", env="dev")
        assert "bf_env" not in os.environ

    def test_of_a_workflow_whatever_it_waits_for(self) -> None:
        @job(trigger_rule="all_failed")
        def rescue(context: JobContext) -> str:
            assert context.workflow is daily
            return "done"

        daily = Workflow("daily", Definition({fails: [rescue]}))
        assert run_job(daily, "rescue", runtime=DAY).value == "done"

    def test_retries_when_asked_and_without_pauses(self) -> None:
        assert run_job(Flaky(3), runtime=DAY).attempts == 1
        result = run_job(Flaky(3), runtime=DAY, retries=True)
        assert (result.value, result.attempts, result.error) == (3, 3, None)
        hopeless = run_job(Flaky(9), runtime=DAY, retries=True)
        assert (hopeless.attempts, str(hopeless.error)) == (3, "3"), "the last error counts"

    def test_its_time_limit(self) -> None:
        @job(execution_timeout_sec=0.05)
        def slow(context: JobContext) -> None:
            threading.Event().wait(30)

        result = run_job(slow, runtime=DAY)
        with pytest.raises(TimeoutError, match=r"execution_timeout_sec=0\.05"):
            result.raise_for_failure()

    @pytest.mark.parametrize("code, state", [(0, "success"), (3, "failed")])
    def test_sys_exit(self, code: int, state: str) -> None:
        @job
        def leaves(context: JobContext) -> None:
            raise SystemExit(code)

        result = run_job(leaves, runtime=DAY)
        assert (result.state, isinstance(result.error, SystemExit)) == (state, state == "failed")

    def test_an_error_that_is_no_exception(self) -> None:
        @job
        def cancelled(context: JobContext) -> None:
            raise asyncio.CancelledError

        with pytest.raises(asyncio.CancelledError):
            run_job(cancelled, runtime=DAY).raise_for_failure()

    def test_ctrl_c_ends_the_test_and_not_only_the_job(self) -> None:
        @job
        def stopped(context: JobContext) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run_job(stopped, runtime=DAY)

    def test_any_object_that_looks_like_a_job(self) -> None:
        class Plain:
            id = "plain"

            def execute(self, context: JobContext, /) -> str:
                return context.job_id

        assert run_job(Plain(), runtime=DAY).value == "plain"

    @pytest.mark.parametrize(
        "words, message",
        [
            (("rows",), "'rows' is no job"),
            ((None,), "None is no job"),
            ((rows, "other"), "no job 'other'"),
            ((Workflow("daily", [rows]),), "which job of 'daily'"),
            ((Workflow("daily", [rows]), "row"), "did you mean 'rows'"),
        ],
    )
    def test_slips(self, words: Any, message: str) -> None:
        with pytest.raises(UsageError, match=message):
            run_job(*words, runtime=DAY)


class TestAWorkflow:
    def test_order_states_and_values(self) -> None:
        daily = Workflow("daily", Definition({rows: [day, fails], fails: [after], after: [tidy], day: [tidy]}))
        result = run_workflow(daily, runtime=DAY)
        assert result.order == ("rows", "day", "fails", "tidy")
        assert result.states == {
            "rows": "success", "day": "success", "fails": "failed", "after": "upstream_failed", "tidy": "success",
        }  # fmt: skip
        assert result.values == {"rows": 3, "day": "2026-11-19 to 2026-11-20", "tidy": None}
        assert result.succeeded, "as in Airflow, the last job decides"
        assert result.raise_for_failure() is result
        assert (result["after"].attempts, result["after"].reason) == (0, "fails failed")
        with pytest.raises(JobFailed, match="'after' is upstream_failed: fails failed"):
            result["after"].raise_for_failure()

    def test_a_failure_is_raised(self) -> None:
        result = run_workflow(Workflow("daily", [rows, fails, after]), runtime=DAY)
        assert (result.state, result.workflow_id, result.runtime) == ("failed", "daily", datetime(2026, 11, 19))
        with pytest.raises(NoRows):
            result.raise_for_failure()

    def test_only_some_jobs(self) -> None:
        daily = Workflow("daily", [rows, fails, after])
        assert run_workflow(daily, runtime=DAY, only="rows").order == ("rows",)
        result = run_workflow(daily, runtime=DAY, only=["r*", "after"])
        assert (result.order, result.succeeded) == (("rows", "after"), True)
        with pytest.raises(KeyError, match="'fails' was not part of this run; its jobs: rows, after"):
            result["fails"]

    def test_params_over_the_workflows_own(self) -> None:
        daily = Workflow("daily", [told], params={"top": 5, "dry": False})
        value = run_workflow(daily, runtime=DAY, params={"top": 1}).values["told"]
        assert value == {"env": os.environ.get("bf_env"), "bf_env": os.environ.get("bf_env"), "top": 1, "dry": False}
        with pytest.raises(UsageError, match="no param 'tpo'; did you mean 'top'"):
            run_workflow(daily, params={"tpo": 1})

    def test_runtimes_of_a_time_zone(self) -> None:
        daily = Workflow("daily", [day], timezone="Europe/Warsaw")
        result = run_workflow(daily, runtime="2026-10-25")
        assert result.runtime.utcoffset() == timedelta(hours=2)
        assert result["day"].value == "2026-10-25 to 2026-10-26"

    def test_each_attempt_counts(self) -> None:
        daily = Workflow("daily", [Flaky(2), rows])
        assert run_workflow(daily, runtime=DAY).states == {"flaky": "failed", "rows": "upstream_failed"}
        assert [result.attempts for result in run_workflow(daily, runtime=DAY, retries=True).jobs] == [2, 1]

    def test_a_workflow_without_an_order_is_refused(self) -> None:
        with pytest.raises(InvalidJobGraph):
            run_workflow(Workflow("daily", Definition({rows: [after], after: [rows]})))

    def test_no_job_and_no_workflow(self) -> None:
        with pytest.raises(UsageError, match="--only nothing matches no job"):
            run_workflow(Workflow("daily", [rows]), only="nothing")
        with pytest.raises(UsageError, match="is no workflow"):
            run_workflow(rows)  # type: ignore[arg-type]
        with pytest.raises(UsageError, match="isolation cannot be 'container'"):
            run_workflow(Workflow("daily", [rows]), isolation="container")  # type: ignore[arg-type]


class TestProcesses:
    def test_what_a_job_changes_is_lost_and_it_may_crash(self) -> None:
        @job
        def changes(context: JobContext) -> None:
            os.environ["LEFT_BEHIND"] = "yes"

        @job
        def crashes(context: JobContext) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        daily = Workflow("daily", [changes, crashes, after])
        result = run_workflow(daily, runtime=DAY, isolation="process")
        assert result.states == {"changes": "success", "crashes": "failed", "after": "upstream_failed"}
        assert "LEFT_BEHIND" not in os.environ
        with pytest.raises(JobFailed, match="'crashes' failed: killed by SIGKILL"):
            result.raise_for_failure()

    def test_errors_come_as_text(self) -> None:
        result = run_workflow(Workflow("daily", [fails]), runtime=DAY, isolation="process")
        with pytest.raises(JobFailed, match=r"NoRows: none today   .*test_testing\.py:\d+") as caught:
            result.raise_for_failure()
        assert "Traceback" in caught.value.__notes__[0]


WITH_A_THREAD = """
import threading

import pytest
from bigflow import Workflow, job
from bigflow.testing import run_workflow


@job(retry_count=0)
def rows(context):
    return 3


daily = Workflow("daily", [rows])


def test_daily():
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        run_workflow(daily, runtime="2026-11-19", isolation="process").raise_for_failure()
    finally:
        done.set()
        thread.join()
"""


@pytest.mark.parametrize(
    ("name", "packages", "outcome"),
    [
        ("test/test_flow.py", ["test"], "1 passed"),
        ("shop/test/test_flow.py", ["shop", "shop/test"], "1 passed"),
        ("test/test_flow.py", [], "there, test.test_flow is no module of a package, or another one"),  # Python has one
        ("test_flow.py", [], "would not find job 'rows'"),
    ],
)
def test_beside_threads_a_process_has_the_job_from_the_same_place_or_refuses(
    name: str, packages: list[str], outcome: str, tmp_path: Path
) -> None:
    write_files(tmp_path, {name: WITH_A_THREAD, **{f"{package}/__init__.py": "" for package in packages}})
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", name]
    done = subprocess.run(command, cwd=tmp_path, env=clean_environment(), capture_output=True, text=True, timeout=60)
    assert outcome in done.stdout


class TestSurroundings:
    @pytest.mark.parametrize("isolation", ["inline", "process"])
    def test_nothing_is_left(self, isolation: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        run_workflow(Workflow("daily", [rows, fails]), runtime=DAY, isolation=isolation)
        assert list(tmp_path.iterdir()) == []

    def test_objects_that_were_shared_with_processes_can_be_collected_again(self) -> None:
        frozen = gc.get_freeze_count()
        run_workflow(Workflow("daily", [rows]), runtime=DAY, isolation="process")
        assert gc.get_freeze_count() == frozen

    def test_in_a_thread_there_are_no_time_limits(self) -> None:
        @job(execution_timeout_sec=0.01)
        def slow(context: JobContext) -> str:
            time.sleep(0.1)
            return "done"

        results: list[JobResult] = []
        thread = threading.Thread(target=lambda: results.append(run_job(slow, runtime=DAY)))
        thread.start()
        thread.join()
        assert [result.value for result in results] == ["done"]

    def test_in_a_thread(self) -> None:
        results: list[JobResult | WorkflowResult | UsageError] = []
        daily = Workflow("daily", [rows, fails])

        def work() -> None:
            results.append(run_job(rows, runtime=DAY))
            results.append(run_workflow(daily, runtime=DAY))
            try:
                run_workflow(daily, runtime=DAY, isolation="process")
            except UsageError as refused:
                results.append(refused)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        one, whole, refused = results
        assert isinstance(one, JobResult) and one.value == 3
        assert isinstance(whole, WorkflowResult) and whole.states == {"rows": "success", "fails": "failed"}
        assert "main thread" in str(refused)


class TestWithUnittest(unittest.TestCase):
    def test_plain_functions_are_enough(self) -> None:
        self.assertEqual(run_job(rows, runtime=DAY).value, 3)
        with self.assertRaises(NoRows):
            run_workflow(Workflow("daily", [fails]), runtime=DAY).raise_for_failure()
