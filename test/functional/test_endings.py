"""Every way in which a job can end, as its user and as a pod see it: exit code, both streams, and order in the end."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.cli import Result, bigflow, start
from support.snapshots import Snapshot

JOBS = (
    "raises", "many_lines", "caused", "exits_0", "exits_3", "exits_text", "no_line_break", "logs",
    "closes_stdout", "changes_folder", "unprintable", "too_long",
)  # fmt: skip


@pytest.mark.parametrize("job", JOBS)
def test_ending(job: str, project: Callable[[str], Path], snapshot: Snapshot) -> None:
    snapshot.check(bigflow("run", "-j", f"ends.{job}", "-r", "2026-01-02", cwd=project("endings")))


@pytest.mark.parametrize("words", ["-w half --parallel 1", "-w half --parallel 1 --json", "-j ends.raises --json"])
def test_failing(words: str, project: Callable[[str], Path], snapshot: Snapshot) -> None:
    snapshot.check(bigflow("run", *words.split(), "-r", "2026-01-02", cwd=project("endings")))


def test_a_job_that_is_stopped_by_its_limit_puts_things_in_order(project: Callable[[str], Path]) -> None:
    root = project("endings")
    began = time.monotonic()
    assert bigflow("run", "-j", "ends.too_long", cwd=root).code == 1
    assert time.monotonic() - began < 10
    assert (root / "put_in_order.txt").read_text() == "too_long"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("target", ["-j ends.waits", "-w waiting", "-j ends.stubborn"])
def test_signal(number: signal.Signals, target: str, project: Callable[[str], Path], snapshot: Snapshot) -> None:
    root = project("endings")
    words = ("run", *target.split(), "-r", "2026-01-02")
    with start(*words, cwd=root) as process:
        assert process.stdout is not None and process.stderr is not None
        stream = process.stderr if target.startswith("-w") else process.stdout
        first = next(told for line in stream if "begins" in (told := line))
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    snapshot.check(Result(words, process.returncode, first * (stream is process.stdout) + out, err))
    assert (root / "put_in_order.txt").is_file()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_signal_while_the_project_is_read(number: signal.Signals, project: Callable[[str], Path]) -> None:
    root = project("endings")
    (root / "shop" / "slow.py").write_text(
        "import sys, time\nprint('reading', file=sys.stderr, flush=True)\ntime.sleep(30)\n"
    )
    with start("workflows", cwd=root) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "reading\n"
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    wanted = {signal.SIGINT: 130, signal.SIGTERM: 143}[number]
    assert (process.returncode % 256 if process.returncode >= 0 else 128 - process.returncode) == wanted
    assert out == ""
    assert "Traceback" not in err


def test_rubbish_arrives_as_it_was_sent(project: Callable[[str], Path]) -> None:
    result = bigflow("run", "-j", "ends.rubbish", cwd=project("endings"))
    assert os.fsencode(result.out) == bytes([0x80, 0xFF, 0x00, 0x1B, 0x0A])
