"""Programs whose output is handed on while they run."""

import os
import signal
import time
from pathlib import Path

import pytest

from bigflow._process import Launch, ProgramMissing, Watched, watch


def watched(script: str, timeout: float | None = 20, stop_after: float = 1e9) -> tuple[Watched, bytes, float]:
    """What came of a shell script, what it wrote, and how long that took."""
    written: list[bytes] = []
    began = time.monotonic()
    came = watch(
        Launch(("sh", "-c", script), timeout=timeout), written.append, lambda: time.monotonic() - began > stop_after
    )
    return came, b"".join(written), time.monotonic() - began


def test_both_streams_arrive_in_order_and_the_exit_code_is_told() -> None:
    came, written, _ = watched("echo one; echo two >&2; echo three; exit 7")
    assert (came.completed.returncode, written) == (7, b"one\ntwo\nthree\n")
    assert came.completed.stdout == "one\ntwo\nthree\n"


def test_output_arrives_while_the_program_runs() -> None:
    moments: list[float] = []
    began = time.monotonic()
    watch(
        Launch(("sh", "-c", "echo early; sleep 0.6; echo late")),
        lambda _: moments.append(time.monotonic() - began),
        lambda: False,
    )
    assert moments[-1] - moments[0] > 0.4


def test_a_program_gets_no_input() -> None:
    came, written, _ = watched("read line || echo nothing")
    assert (came.completed.returncode, written) == (0, b"nothing\n")


def test_the_time_limit_ends_the_whole_family() -> None:
    came, written, took = watched("(sleep 30; echo survived) & sleep 30", timeout=0.3)
    assert came.completed.timed_out
    assert not came.completed.ok
    assert took < 3
    assert written == b""


def test_stopping_ends_it_and_is_no_time_limit() -> None:
    came, _, took = watched("sleep 30", stop_after=0.2)
    assert came.completed.returncode == -signal.SIGKILL
    assert not came.completed.timed_out
    assert took < 3


def test_what_it_leaves_in_the_background_holds_nobody(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    came, written, took = watched(f"sleep 30 & echo $! > '{pid}'; echo done")
    assert (came.completed.returncode, written) == (0, b"done\n")
    assert took < 3
    with pytest.raises(ProcessLookupError):
        for _ in range(50):
            os.kill(int(pid.read_text()), 0)
            time.sleep(0.05)


def test_one_that_closes_its_output_is_waited_for() -> None:
    came, written, took = watched("echo first; exec >&- 2>&-; sleep 0.5; exit 3")
    assert (came.completed.returncode, written) == (3, b"first\n")
    assert took >= 0.5


def test_all_is_handed_on_and_only_the_end_is_kept() -> None:
    came, written, _ = watched("yes 0123456789 | head -c 3000000; echo the end")
    assert len(written) == 3_000_008
    assert len(came.completed.stdout) == 1 << 20
    assert came.completed.stdout.endswith("the end\n")


def test_bytes_that_are_no_text_arrive() -> None:
    came, written, _ = watched(r"printf '\377\000\376'")
    assert written == b"\xff\x00\xfe"
    assert came.completed.ok


def test_cpu_time_is_that_of_its_children_too() -> None:
    came, _, _ = watched("(i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done)")
    assert came.cpu_seconds > 0.05
    idle, _, _ = watched("sleep 0.3")
    assert idle.cpu_seconds < 0.05


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(ProgramMissing, match="no-such-program"):
        watch(Launch(("no-such-program",)), lambda _: None, lambda: False)
