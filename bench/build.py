"""Turns `bigflow build-package` of one project, by us and by the peer, into seconds and ratios."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from bench import build_project
from bench.environments import Environment, builder, find_interpreter, peer_builder
from bench.measure import Command, Timing, failure, median_of_ratios, timed
from bench.results import Bar, Machine, Result, tool_versions

PYTHON, PEER_PYTHON = "3.11", "3.10"
UNCHANGED, CHANGED = 8, 1  # times faster than the peer, at least
OVERHEAD = 0.3  # seconds of CPU time: all but tests, linters and the wheel's backend
NOT_OURS = ("tests", "lint", "types", "wheel")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=9, help="how often each command is run (default: 9)")
    rounds = options.parse_args().rounds
    machine = Machine.this()
    for python in (PYTHON, PEER_PYTHON):
        if not find_interpreter(python):
            sys.exit(f"Python {python} is needed, and is not here")
    ours, theirs = builder(PYTHON, build_project.REQUIREMENTS), peer_builder(build_project.REQUIREMENTS)
    folders = {one.name: build_project.place(one.name) for one in (ours, theirs)}
    for folder in folders.values():
        build_project.write(folder, theirs)
    same = [_build(one, folders[one.name], change=False) for one in (ours, theirs)]
    changed = [_build(one, folders[one.name], change=True) for one in (ours, theirs)]
    for command in (*same, *changed):
        if told := failure(command):
            sys.exit(f"{command.shown} failed: {told[-2000:]}")
    timings = timed(same, rounds=rounds, warm_up=2) | timed(changed, rounds=rounds, warm_up=1)
    overhead = _overhead_of_last_builds(folders[ours.name], rounds)
    return Result(
        script="build",
        machine=machine,
        versions=tool_versions() | {one.name: one.contents() for one in (ours, theirs)},
        bars=[
            _lead("nothing changed", timings, same, UNCHANGED),
            _lead("one line changed", timings, changed, CHANGED),
            Bar("one line changed: seconds of CPU of our own", overhead, "at most", OVERHEAD),
        ],
        figures=list(timings.values()),
        not_measured=[],
    ).publish()


def _build(environment: Environment, folder: Path, *, change: bool) -> Command:
    """As the shell does it, with a line more in a workflow before, if that is to be measured."""
    build = f"{environment.script('bigflow')} build-package"
    line = f'echo "# $(date +%N)" >> {build_project.CHANGED}; ' if change else ""
    shown = f"{environment.name}$ {'one line changed; ' if change else ''}bigflow build-package"
    return Command(shown, ("sh", "-c", f"{line}exec {build}"), folder, environment.variables)


def _lead(name: str, timings: Mapping[str, Timing], pair: list[Command], at_least: float) -> Bar:
    ours, theirs = (timings[one.shown] for one in pair)
    ratio = median_of_ratios(theirs, ours)
    return Bar(f"{name}: times faster than the peer", round(ratio, 2), "at least", at_least)


def _overhead_of_last_builds(folder: Path, count: int) -> float:
    """The median, by the builds' own timelines."""
    builds = sorted((folder / ".bigflow" / "builds").glob("*/build.json"), key=lambda path: int(path.parent.name))
    return median(_overhead(json.loads(path.read_text())) for path in builds[-count:])


def _overhead(build: dict[str, Any]) -> float:
    steps = [step for phase in build["phases"] for step in phase["steps"]]
    ours = [float(step["cpu_seconds"]) for step in steps if step["name"] not in NOT_OURS]
    return float(build["own_cpu_seconds"]) + sum(ours)


if __name__ == "__main__":
    sys.exit(main())
