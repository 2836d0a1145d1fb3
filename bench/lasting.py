"""Turns a command that may last into its seconds and bytes, and stops it at a limit."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import median

from bench.measure import Command, Spread, Timing


@dataclass(frozen=True, slots=True)
class Lasted:
    """What one process took, with those that it started and waited for."""

    shown: str
    wall: float
    cpu: float
    peak_bytes: int  # of that of them which had the most
    stopped: bool  # at the limit: it would have taken longer
    exit_code: int

    @property
    def failure(self) -> str:
        """Why there is nothing to compare; empty where there is."""
        return f"{self.shown} fails with exit code {self.exit_code}" if self.exit_code and not self.stopped else ""


def lasted(command: Command, limit: float) -> Lasted:
    """Run it to its end, or to the limit in seconds."""
    began = time.perf_counter()
    nothing = subprocess.DEVNULL
    process = subprocess.Popen(
        command.argv,
        cwd=command.folder,
        env=command.variables,
        stdin=nothing,
        stdout=nothing,
        stderr=nothing,
        start_new_session=True,
    )
    stop = threading.Timer(limit, _kill, [process.pid])
    stop.start()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    stop.cancel()
    _kill(process.pid)  # servers and workers that it left behind: they would disturb the next
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu = used.ru_utime + used.ru_stime
    return Lasted(command.shown, wall, cpu, used.ru_maxrss * 1024, wall >= limit, process.returncode)


def as_timing(runs: Sequence[Lasted], note: str = "") -> Timing:
    """Several runs of one command, in the form that tables show."""
    notes = [word for word in (note, "stopped: takes longer" if any(run.stopped for run in runs) else "") if word]
    shown = " ".join([runs[0].shown, *(f"({word})" for word in notes)])
    walls = tuple(round(run.wall, 5) for run in runs)
    return Timing(shown, len(runs), _spread(walls), _spread([run.cpu for run in runs]), walls)


def _kill(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _spread(seconds: Sequence[float]) -> Spread:
    return Spread(round(median(seconds), 5), round(min(seconds), 5), round(max(seconds), 5))
