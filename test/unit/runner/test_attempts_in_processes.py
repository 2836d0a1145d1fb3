"""Jobs that behave as badly as jobs can, each in a process of its own."""

import asyncio
import ctypes
import faulthandler
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bigflow import Definition, JobContext
from bigflow._events import JobEnded, JobOutput, JobRetried, JobStarted
from bigflow._process_tree import own_children
from bigflow.runner.drive import Manner

Play = Callable[..., Any]
Steps = Callable[..., Any]


def alive(process: int) -> bool:
    """A zombie is not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def assert_gone(file: Path, count: int = 1) -> None:
    processes = [int(word) for word in file.read_text().split()]
    assert len(processes) >= count, "the test did not start what it is about"
    assert not [process for process in processes if alive(process)]


@pytest.fixture(autouse=True)
def no_orphans() -> Any:
    before = set(own_children())
    yield
    assert not set(own_children()) - before


def test_what_a_job_changes_stays_with_it(play: Play, steps: Steps, tmp_path: Path) -> None:
    here, switch = os.getcwd(), sys.getswitchinterval()

    def changes(context: JobContext) -> None:
        os.chdir("/")
        os.environ["CHANGED"] = "yes"
        sys.path.clear()
        sys.setrecursionlimit(5000)
        os.umask(0o777)
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

    def looks(context: JobContext) -> None:
        assert os.getcwd() == here and "CHANGED" not in os.environ and sys.path
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 64
        (tmp_path / "made").touch()
        assert (tmp_path / "made").stat().st_mode & 0o400

    changing = steps("changes", changes)
    played = play(Definition({changing: [steps("looks", looks)]}))
    assert played.report.succeeded, played.report
    assert (os.getcwd(), sys.getswitchinterval()) == (here, switch)


def crash(context: JobContext) -> None:
    faulthandler.disable()  # pytest's own would write into its report
    ctypes.string_at(0)


def kill_itself(context: JobContext) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def close_everything(context: JobContext) -> None:
    os.closerange(0, 64)


def close_streams(context: JobContext) -> None:
    sys.stdout.close()
    sys.stderr.close()


def fork_and_return(context: JobContext) -> None:
    if os.fork() == 0:
        return
    os.wait()


def fork_and_fail(context: JobContext) -> None:
    if os.fork() == 0:
        raise ValueError("only in the copy")
    os.wait()


def fork_and_exit(context: JobContext) -> None:
    if os.fork() == 0:
        raise ValueError("only in the copy")
    os.wait()
    os._exit(0)


def recurse(context: JobContext) -> None:
    recurse(context)


def cancelled(context: JobContext) -> None:
    raise asyncio.CancelledError("nobody catches it")


def interrupt_itself(context: JobContext) -> None:
    raise KeyboardInterrupt


def terminate_itself(context: JobContext) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(5)


def long_words(context: JobContext) -> None:
    raise ValueError("\U0001f40d\x00\ud800" * 100_000)


def replace_streams(context: JobContext) -> None:
    sys.stdout = sys.stderr = None  # type: ignore[assignment]


def many_processes(context: JobContext) -> None:
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(abs, [-1, -2]) == [1, 2]


def asynchronous(context: JobContext) -> None:
    async def work() -> int:
        process = await asyncio.create_subprocess_exec("true")
        return await process.wait()

    assert asyncio.run(work()) == 0


@pytest.mark.parametrize(
    ("work", "reason"),
    [
        (crash, "killed by SIGSEGV"),
        (kill_itself, "killed by SIGKILL"),
        (lambda context: os.kill(os.getpid(), 40), "killed by signal 40"),
        (lambda context: os._exit(0), ""),
        (lambda context: os._exit(7), "the process ended with exit code 7"),
        (lambda context: sys.exit(3), "sys.exit(3)"),
        (lambda context: sys.exit(), ""),
        (lambda context: threading.Lock(), ""),  # cannot be pickled
        (lambda context: lambda: None, ""),
        (close_everything, ""),
        (close_streams, ""),
        (replace_streams, ""),
        (fork_and_return, ""),
        (fork_and_fail, ""),
        (fork_and_exit, ""),
        (recurse, "RecursionError"),
        (cancelled, "asyncio.exceptions.CancelledError: nobody catches it"),
        (interrupt_itself, "ended by a signal"),
        (terminate_itself, "ended by a signal"),
        (long_words, "ValueError: "),
        (many_processes, ""),
        (asynchronous, ""),
        (lambda context: subprocess.run(["sh", "-c", "exit 0"], check=True), ""),
        (lambda context: os.read(0, 10) and 1 / 0, ""),
    ],
)  # fmt: skip
def test_every_end_is_told(play: Play, steps: Steps, work: Any, reason: str) -> None:
    played = play([steps("bad", work), steps("good", lambda context: None)], manner=Manner(parallel=1))
    end = played.end("bad")
    assert (end.state, end.reason[: len(reason)]) == ("failed" if reason else "success", reason), end
    assert bool(end.reason) == bool(reason)
    assert played.end("good").state == ("upstream_failed" if reason else "success")
    assert len(end.reason) <= 1000 and len(end.traceback) <= 8000
    assert played.recorded.states["bad"] == end.state


def test_binary_output_is_kept_and_shown(play: Play, steps: Steps) -> None:
    def writes(context: JobContext) -> None:
        os.write(1, b"\xff\x00\x1b[31m no line break")

    played = play([steps("writes", writes)])
    assert (played.folder / "logs" / "writes.1.log").read_bytes() == b"\xff\x00\x1b[31m no line break"
    (shown,) = [event for event in played.events if isinstance(event, JobOutput)]
    assert shown.text == "�\x00\x1b[31m no line break"


def test_a_silent_job_leaves_no_log(play: Play, steps: Steps) -> None:
    played = play([steps("silent", lambda context: None)])
    assert os.listdir(played.folder / "logs") == [] and played.end("silent").log == ""


def test_of_much_output_little_is_held(play: Play, steps: Steps) -> None:
    size = 300_000_000

    def writes(context: JobContext) -> None:
        block = b"0123456789abcde\n" * 65536
        for _ in range(size // len(block)):
            os.write(1, block)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    played = play([steps("writes", writes)])
    assert played.report.succeeded
    assert os.path.getsize(played.end("writes").log) > 0.9 * size
    told = sum(len(event.text) for event in played.events if isinstance(event, JobOutput))
    assert 0 < told < size / 4
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


def test_an_outcome_that_is_too_long_for_a_pipe_blocks_nobody(play: Play, steps: Steps) -> None:
    def fails(context: JobContext) -> None:
        raise ValueError("\U0001f40d" * 100_000)

    began = time.monotonic()
    assert play([steps("fails", fails, execution_timeout_sec=20)]).report.state == "failed"
    assert time.monotonic() - began < 10


def leave_behind(file: Path, *, session: bool) -> Callable[[JobContext], None]:
    """A job that leaves processes which ignore SIGTERM, in its session or in their own, and children of those."""
    script = "import os, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    script += f"open({str(file)!r}, 'a').write(f'{{os.getpid()}} '); os.fork() and None\n"
    script += f"open({str(file)!r}, 'a').write(f'{{os.getpid()}} '); print('up', flush=True); time.sleep(60)"

    def work(context: JobContext) -> None:
        # From another thread, as executors do: the kernel lists such children elsewhere.
        def start() -> None:
            process = subprocess.Popen(
                [sys.executable, "-c", script], stdout=subprocess.PIPE, start_new_session=session
            )
            assert process.stdout is not None
            process.stdout.readline()
            process.stdout.readline()

        thread = threading.Thread(target=start)
        thread.start()
        thread.join()

    return work


@pytest.mark.parametrize("session", [False, True])
def test_what_a_job_leaves_running_ends_with_it(play: Play, steps: Steps, tmp_path: Path, session: bool) -> None:
    file = tmp_path / "processes"
    assert play([steps("leaves", leave_behind(file, session=session))]).report.succeeded
    assert_gone(file, 2)


def test_what_another_job_started_is_left_alone(play: Play, steps: Steps, tmp_path: Path) -> None:
    """A daemon of one job, orphaned and in a session of its own, while another job ends."""
    ready = tmp_path / "ready"

    def serves(context: JobContext) -> None:
        command = f"setsid sh -c 'echo $$ > {ready}; exec sleep 60' >/dev/null 2>&1 &"
        subprocess.run(["sh", "-c", command], check=True)
        while not (ready.exists() and ready.read_text().strip()):
            time.sleep(0.01)
        time.sleep(1)
        assert alive(int(ready.read_text())), "another job's end killed it"

    def ends(context: JobContext) -> None:
        while not ready.exists():
            time.sleep(0.01)
        time.sleep(0.2)

    played = play(Definition({steps("serves", serves): [], steps("ends", ends): []}))
    assert played.report.succeeded, played.report
    assert_gone(ready)


def test_a_thread_that_is_left_does_not_hold_the_job(play: Play, steps: Steps) -> None:
    def leaves(context: JobContext) -> None:
        threading.Thread(target=time.sleep, args=(60,)).start()

    began = time.monotonic()
    assert play([steps("leaves", leaves)]).report.succeeded
    assert time.monotonic() - began < 10


# ---- limits and retries ----


def test_a_job_that_is_late_can_tidy_up(play: Play, steps: Steps, tmp_path: Path) -> None:
    def tidies(context: JobContext) -> None:
        try:
            time.sleep(30)
        finally:
            (tmp_path / "tidy").touch()

    played = play([steps("tidies", tidies, execution_timeout_sec=1)])
    assert played.end("tidies").reason == "TimedOut: longer than execution_timeout_sec=1"
    assert (tmp_path / "tidy").exists()


def test_a_job_that_does_not_listen_is_killed_with_its_tree(play: Play, steps: Steps, tmp_path: Path) -> None:
    file = tmp_path / "processes"

    def ignores(context: JobContext) -> None:
        leave_behind(file, session=True)(context)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM, signal.SIGTERM, signal.SIGINT})
        os.write(1, b"deaf")
        while True:
            time.sleep(10)

    began = time.monotonic()
    played = play([steps("ignores", ignores, execution_timeout_sec=1)])
    assert played.end("ignores").reason == "TimedOut: longer than execution_timeout_sec=1, then killed"
    assert played.end("ignores").state == "failed"
    assert 1.4 < time.monotonic() - began < 10
    assert_gone(file, 2)
    assert "deaf" in played.log("ignores")


def test_retries_are_counted_and_rest(play: Play, steps: Steps, tmp_path: Path) -> None:
    file = tmp_path / "attempts"

    def third_time(context: JobContext) -> None:
        with file.open("a") as tried:
            tried.write(f"{context.attempt} {time.monotonic()}\n")
        os.write(1, f"attempt {context.attempt}".encode())
        if context.attempt < 3:
            raise ValueError(f"not yet: {context.attempt}")

    played = play([steps("flaky", third_time, retry_count=4, retry_pause_sec=0.3)])
    lines = [line.split() for line in file.read_text().splitlines()]
    assert [line[0] for line in lines] == ["1", "2", "3"]
    assert all(float(b[1]) - float(a[1]) >= 0.3 for a, b in pairwise(lines))
    retried = [event for event in played.events if isinstance(event, JobRetried)]
    assert [(one.attempt, one.tries, one.pause, one.reason) for one in retried] == [
        (1, 5, 0.3, "ValueError: not yet: 1"),
        (2, 5, 0.3, "ValueError: not yet: 2"),
    ]
    assert [(e.attempt, e.tries) for e in played.events if isinstance(e, JobStarted)] == [(1, 5), (2, 5), (3, 5)]
    assert (played.end("flaky").state, played.end("flaky").attempt) == ("success", 3)
    assert [played.log("flaky", number).split()[1] for number in (1, 2, 3)] == ["1", "2", "3"]
    assert [one.state for one in played.recorded.attempts] == ["failed", "failed", "success"]


def test_a_job_that_rests_holds_no_place_and_no_processor(play: Play, steps: Steps, tmp_path: Path) -> None:
    def fails_once(context: JobContext) -> None:
        assert context.attempt > 1

    rests = steps("rests", fails_once, retry_count=1, retry_pause_sec=0.2)
    works = steps("works", lambda context: time.sleep(1.5))
    used = time.process_time()
    played = play(Definition({rests: [], works: []}), manner=Manner(parallel=1))
    ends = [event.job_id for event in played.events if isinstance(event, JobEnded)]
    assert ends == ["works", "rests"]
    assert time.process_time() - used < 0.7, "it span while the job that was due had no place"


def test_fail_fast_asks_the_others_to_end(play: Play, steps: Steps, tmp_path: Path) -> None:
    def waits(context: JobContext) -> None:
        try:
            time.sleep(30)
        finally:
            (tmp_path / "told").touch()

    def fails(context: JobContext) -> None:
        time.sleep(0.5)
        raise ValueError("first")

    jobs = {steps("waits", waits): [], steps("fails", fails): [], steps("later", lambda context: None): []}
    played = play(Definition(jobs), manner=Manner(parallel=2, fail_fast=True, grace=5))
    states = {end.job_id: end.state for end in played.report.jobs}
    assert states == {"waits": "interrupted", "fails": "failed", "later": "interrupted"}
    assert (played.report.state, played.recorded.state, played.report.ended_by) == ("failed", "failed", 0)
    assert (tmp_path / "told").exists()


@pytest.mark.parametrize("on", ["process", "inline"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_all_to_end(play: Play, steps: Steps, tmp_path: Path, number: int, on: str) -> None:
    ours = os.getpid()

    def waits(context: JobContext) -> None:
        try:
            os.kill(ours, number)
            time.sleep(30)
        finally:
            (tmp_path / "told").touch()

    played = play([steps("waits", waits, retry_count=2), steps("later", lambda context: None)], on=on)
    assert (played.report.state, played.report.ended_by) == ("interrupted", number)
    assert {end.job_id: end.state for end in played.report.jobs} == {"waits": "interrupted", "later": "interrupted"}
    assert (tmp_path / "told").exists()
    assert played.recorded.state == "interrupted"


def test_a_signal_after_the_last_job_changes_nothing(play: Play, steps: Steps) -> None:
    ours = os.getpid()
    played = play([steps("last", lambda context: os.kill(ours, signal.SIGTERM))], on="inline")
    assert played.report.state == "interrupted"  # here the job heard it itself
    played = play([steps("last", lambda context: os.kill(ours, signal.SIGTERM))])
    assert played.report.state == played.end("last").state


def test_the_handlers_are_as_they_were(play: Play, steps: Steps) -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGALRM)
    before = [signal.getsignal(number) for number in numbers]
    play([steps("a", lambda context: None)])
    assert [signal.getsignal(number) for number in numbers] == before
    assert signal.set_wakeup_fd(-1) == -1


def test_descriptors_are_closed(play: Play, steps: Steps) -> None:
    play([steps("a", lambda context: None)])
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        play([steps("a", lambda context: 1 / 0, retry_count=2), steps("b", lambda context: None)])
    assert len(os.listdir("/proc/self/fd")) == before
