"""Turns commands into the seconds that their processes take, in rounds that run each of them once."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Command:
    """A process to be timed."""

    shown: str  # as one would type it: results name no path of the machine
    argv: tuple[str, ...]
    folder: Path
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Spread:
    """Seconds of many processes."""

    median: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Timing:
    """What a command took: seconds on the clock, and of processors (its own processes' and their children's)."""

    command: str
    rounds: int
    wall: Spread
    cpu: Spread
    walls: tuple[float, ...]  # in the order of the rounds: what ran in one round is compared within it

    def __str__(self) -> str:
        wall = f"{self.wall.median * 1000:7.1f} ms ({self.wall.least * 1000:.1f} to {self.wall.most * 1000:.1f})"
        return f"{wall:<32} cpu {self.cpu.median * 1000:7.1f} ms  {self.command}"


def timed(commands: Sequence[Command], *, rounds: int, warm_up: int = 3) -> dict[str, Timing]:
    """Each command once a round, A B C A B C, so that whatever slows the machine down slows all of them down."""
    for _ in range(warm_up):
        for command in commands:
            _once(command)
    samples = [[_once(command) for command in commands] for _ in range(rounds)]
    return {
        command.shown: _timing(command.shown, [one[column] for one in samples])
        for column, command in enumerate(commands)
    }


def ratio_of_medians(above: Timing, below: Timing) -> float:
    return above.wall.median / below.wall.median


def median_of_ratios(above: Timing, below: Timing) -> float:
    """Round by round: the one of the two that a machine with other work to do disturbs less."""
    return median(one / other for one, other in zip(above.walls, below.walls, strict=True))


def failure(command: Command) -> str:
    """What the command says when it fails; nothing when it does not."""
    done = _finished(command, command.argv)
    return done.stderr.strip() or f"exit code {done.returncode}" if done.returncode else ""


def modules_loaded(command: Command) -> frozenset[str]:
    """The names of all modules that the command's interpreter loads from its first moment to its last.

    The interpreter itself says so (`-v`): nothing is added to the process that could load one more.
    """
    interpreter, *arguments = command.argv
    done = _finished(command, (interpreter, "-v", *arguments))
    if done.returncode:
        raise SystemExit(f"{command.shown}\n{done.stderr}failed with exit code {done.returncode}")
    return frozenset(line.split("'")[1] for line in done.stderr.splitlines() if line.startswith("import '"))


def _finished(command: Command, argv: tuple[str, ...]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(argv, cwd=command.folder, env=command.variables, capture_output=True, text=True, check=False)


def _once(command: Command) -> tuple[float, float]:
    began = time.perf_counter()
    process = subprocess.Popen(
        command.argv,
        cwd=command.folder,
        env=command.variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command.shown}\nfailed with exit code {process.returncode}")
    return wall, used.ru_utime + used.ru_stime


def _timing(shown: str, samples: Sequence[tuple[float, float]]) -> Timing:
    walls = tuple(round(wall, 5) for wall, _ in samples)
    return Timing(shown, len(samples), _spread(walls), _spread([cpu for _, cpu in samples]), walls)


def _spread(seconds: Sequence[float]) -> Spread:
    return Spread(round(median(seconds), 5), round(min(seconds), 5), round(max(seconds), 5))
