"""Turns the start of a command, which every pod pays for and every developer waits for, into seconds and modules."""

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import projects
from bench.environments import PEER_PYTHON, Environment, as_in_a_pod, as_installed, find_interpreter, peer, site_hooks
from bench.measure import Command, Timing, failure, median_of_ratios, modules_loaded, ratio_of_medians, timed
from bench.results import Bar, Machine, Result, tool_versions

PYTHONS = ("3.11", "3.12", "3.13")
HELP, RUN = 2.5, 3.5  # times as long as `import argparse`, at most
FASTER = 8  # times than the peer, at least
MODULES = 75  # more than a bare interpreter has, at most
NEVER = frozenset({"subprocess", "socket", "ssl", "asyncio", "importlib.metadata"})

JOB = ("run", "--job", "daily.empty")
RUNTIME = ("--runtime", "2026-01-01")
IN_A_POD = ("--project-package", projects.PACKAGE, "--config", "dev")


@dataclass(frozen=True, slots=True)
class Start:
    """One way to start the framework, and how many times as long as `import argparse` it may take."""

    environment: Environment
    command: Command
    at_most: float

    @property
    def argparse(self) -> Command:
        return _python(self.environment, self.command.folder, "-c", "import argparse")

    @property
    def bare(self) -> Command:
        return _python(self.environment, self.command.folder, "-c", "pass")


@dataclass(frozen=True, slots=True)
class Race:
    """The same work by the framework and by the peer, and how many times as fast we must be."""

    ours: Command
    theirs: Command
    at_least: float | None


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=25, help="how often each command is run (default: 25)")
    rounds = options.parse_args().rounds
    machine = Machine.this()
    projects.write()
    here = [python for python in (*PYTHONS, PEER_PYTHON) if find_interpreter(python)]
    desks = [as_installed(python) for python in PYTHONS if python in here]
    pods = [as_in_a_pod(python, projects.wheel()) for python in PYTHONS if python in here]
    rivals = [peer()] if PEER_PYTHON in here else []
    starts = [start for desk in desks for start in _starts_at(desk)] + [_start_in(pod) for pod in pods]
    races = [race for rival in rivals for desk in desks for race in _races(desk, rival)]
    broken = {start.command.shown: told for start in starts if (told := failure(start.command))}
    starts = [start for start in starts if start.command.shown not in broken]
    races = [race for race in races if race.ours.shown not in broken]
    timings = timed(_each_once(starts, races), rounds=rounds)
    return Result(
        script="startup",
        machine=machine,
        versions=tool_versions() | {one.name: one.contents() for one in (*desks, *pods, *rivals)},
        bars=[
            *(Bar(f"{shown}: failures", 1, "at most", 0, told) for shown, told in broken.items()),
            *(_slowness(start, timings) for start in starts),
            *(_lead(race, timings) for race in races),
            *(bar for start in starts for bar in _modules(start)),
            *(_hooks(one) for one in (*desks, *pods)),
        ],
        figures=list(timings.values()),
        not_measured=[f"Python {python} is not here" for python in (*PYTHONS, PEER_PYTHON) if python not in here],
    ).publish()


def _starts_at(desk: Environment) -> Iterator[Start]:
    """In a project, by the console script."""
    for words, at_most in (("--help",), HELP), (JOB, RUN), ((*JOB, *RUNTIME), RUN):
        yield Start(desk, _bigflow(desk, projects.OURS, *words), at_most)


def _start_in(pod: Environment) -> Start:
    """Where there is no project, only its wheel."""
    return Start(pod, _python(pod, projects.NOWHERE, "-m", "bigflow", *JOB, *RUNTIME, *IN_A_POD), RUN)


def _races(desk: Environment, rival: Environment) -> Iterator[Race]:
    """Each in a project of its own kind; both in the very same; and the peer where it has the least to do."""
    yield Race(_bigflow(desk, projects.OURS, *JOB), _bigflow(rival, projects.OF_1_11, *JOB), FASTER)
    yield Race(_bigflow(desk, projects.OF_1_11, *JOB), _bigflow(rival, projects.OF_1_11, *JOB), FASTER)
    yield Race(_bigflow(desk, projects.OURS, *JOB), _bigflow(rival, projects.OF_1_11_IN_A_TABLE, *JOB), None)


def _bigflow(environment: Environment, folder: Path, *words: str) -> Command:
    shown = f"{environment.name}/{folder.name}$ bigflow {' '.join(words)}"
    return Command(shown, (environment.python, environment.script("bigflow"), *words), folder, environment.variables)


def _python(environment: Environment, folder: Path, *words: str) -> Command:
    shown = f"{environment.name}/{folder.name}$ python {' '.join(words)}"
    return Command(shown, (environment.python, *words), folder, environment.variables)


def _each_once(starts: list[Start], races: list[Race]) -> list[Command]:
    """What is to be timed. Those that are compared stand close to each other in a round."""
    commands = [one for start in starts for one in (start.argparse, start.command)]
    commands += [one for race in races for one in (race.ours, race.theirs)]
    return list({command.shown: command for command in commands}.values())


def _slowness(start: Start, timings: Mapping[str, Timing]) -> Bar:
    """By the worse of the two ways to compare."""
    pair = (timings[start.command.shown], timings[start.argparse.shown])
    worse = max(ratio_of_medians(*pair), median_of_ratios(*pair))
    return Bar(f"{start.command.shown} / import argparse", worse, "at most", start.at_most)


def _lead(race: Race, timings: Mapping[str, Timing]) -> Bar:
    pair = (timings[race.theirs.shown], timings[race.ours.shown])
    worse = min(ratio_of_medians(*pair), median_of_ratios(*pair))
    name = f"{race.theirs.shown} / {race.ours.shown}"
    return Bar(name, worse, "at least", race.at_least)


def _modules(start: Start) -> Iterator[Bar]:
    loaded = modules_loaded(start.command) - modules_loaded(start.bare)
    yield Bar(f"{start.command.shown}: modules", len(loaded), "at most", MODULES)
    known = start.environment.standard_modules() | {"bigflow", projects.PACKAGE}  # everything else is third-party
    wrong = sorted(name for name in loaded if name in NEVER or name.partition(".")[0] not in known)
    yield Bar(f"{start.command.shown}: modules that it must not load", len(wrong), "at most", 0, " ".join(wrong))


def _hooks(environment: Environment) -> Bar:
    """What .pth files load at each start makes `import argparse` slow, and us look fast."""
    hooks = site_hooks(environment)
    return Bar(f"{environment.name}: modules loaded by site hooks", len(hooks), "at most", 0, " ".join(hooks))


if __name__ == "__main__":
    sys.exit(main())
