"""One execution in this process: how it ends, and what is told of it."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

import pytest

from bigflow import Job, JobContext, job
from bigflow.runner.attempt import Outcome, Terminated, attempt

CONTEXT = JobContext.make(runtime="2026-11-19")


def run(function: Any, limit: float = 60) -> Outcome:
    return attempt(job(function), CONTEXT, limit)


def test_a_success_keeps_the_value_and_the_time() -> None:
    outcome = run(lambda context: context.runtime_str)
    assert (outcome.succeeded, outcome.value) == (True, "2026-11-19 00:00:00")
    assert 0 <= outcome.seconds < 10


def fails(context: JobContext) -> NoReturn:
    raise KeyError("prise")


def test_a_failure_names_the_error_and_the_users_line() -> None:
    outcome = run(fails)
    assert not outcome.succeeded
    assert outcome.reason == "KeyError: 'prise'"
    assert outcome.where == f"{__file__}:{fails.__code__.co_firstlineno + 1}"
    assert outcome.traceback.splitlines()[1].startswith(f'  File "{Path(__file__)}"'), "no frame of ours comes first"


def in_a_library(context: JobContext) -> None:
    os.stat(Path("/nowhere", "\0"))


def test_the_line_is_the_users_also_where_a_library_raises() -> None:
    outcome = run(lambda context: __import__("json").loads("{"))
    assert outcome.where.startswith(f"{__file__}:")
    assert outcome.reason.startswith("JSONDecodeError: ") or outcome.reason.startswith("json.decoder.JSONDecodeError: ")
    assert run(in_a_library).where.startswith(f"{__file__}:")


def test_long_messages_and_notes_stay_one_line() -> None:
    def shouts(context: JobContext) -> None:
        error = ValueError("first line\nsecond line")
        error.add_note("a note")
        raise error

    def misspells(context: JobContext) -> None:
        compile("x = (", "made.py", "exec")

    assert run(shouts).reason == "ValueError: first line"
    assert run(misspells).reason.startswith("SyntaxError: ")


@pytest.mark.parametrize("code", [0, None])
def test_sys_exit_zero_is_success(code: Any) -> None:
    assert run(lambda context: sys.exit(code)).succeeded


@pytest.mark.parametrize("code", [1, 3, "out of data"])
def test_sys_exit_otherwise_is_failure(code: Any) -> None:
    outcome = run(lambda context: sys.exit(code))
    assert outcome.reason == f"sys.exit({code!r})"


class Patient(Job):
    id = "patient"

    def __init__(self, swallow: type[BaseException] | None = None, replace: bool = False) -> None:
        super().__init__()
        self.swallow = swallow
        self.replace = replace
        self.tidied = False

    def execute(self, context: JobContext) -> None:
        try:
            time.sleep(30)
        except BaseException as told:
            if self.replace:
                raise RuntimeError("something else") from None
            if self.swallow is None or not isinstance(told, self.swallow):
                raise
        finally:
            self.tidied = True


@pytest.mark.parametrize("patient", [Patient(), Patient(swallow=BaseException), Patient(replace=True)])
def test_the_time_limit_holds_whatever_the_job_does(patient: Patient) -> None:
    outcome = attempt(patient, CONTEXT, 0.05)
    assert outcome.reason == "TimedOut: longer than execution_timeout_sec=0.05"
    assert patient.tidied
    assert outcome.seconds < 10


@pytest.mark.parametrize("patient", [Patient(), Patient(swallow=BaseException), Patient(replace=True)])
def test_sigterm_is_told_to_the_job_and_ends_it_whatever_it_does(patient: Patient) -> None:
    before = signal.getsignal(signal.SIGTERM)
    patient.execute = _after(0.05, signal.SIGTERM, patient.execute)  # type: ignore[method-assign]
    with pytest.raises(Terminated):
        attempt(patient, CONTEXT, 60)
    assert patient.tidied
    assert signal.getsignal(signal.SIGTERM) is before


def test_ctrl_c_passes_through() -> None:
    patient = Patient()
    patient.execute = _after(0.05, signal.SIGINT, patient.execute)  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        attempt(patient, CONTEXT, 60)
    assert patient.tidied


def test_no_alarm_is_left_behind() -> None:
    run(lambda context: None, limit=0.2)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    time.sleep(0.3)


def _after(seconds: float, number: signal.Signals, work: Any) -> Any:
    """The work, and a signal to this very process while it goes on."""
    import threading

    def execute(context: JobContext) -> object:
        threading.Timer(seconds, os.kill, (os.getpid(), number)).start()
        return work(context)

    return execute


def test_a_signal_to_what_a_job_has_forked_is_none_to_the_job(tmp_path: Path) -> None:
    """A worker of multiprocessing that waits for a lock would not hear of it by a handler, and never end."""
    told = tmp_path / "told"

    def fork(context: JobContext) -> None:
        child = os.fork()
        if child == 0:
            told.write_text(str(signal.getsignal(signal.SIGTERM) == signal.SIG_DFL))
            os._exit(0)
        os.waitpid(child, 0)
        assert signal.getsignal(signal.SIGTERM) != signal.SIG_DFL

    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        outcome = attempt(job(fork), CONTEXT, 60)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert outcome.succeeded, outcome.reason
    assert told.read_text() == "True"
