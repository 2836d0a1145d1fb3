"""Turns buildspecs into the milliseconds that we add to each command, and into what a kept cache of pip is worth."""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from bench.environments import Environment, builder, find_interpreter
from bench.results import Bar, Machine, Result, tool_versions

PYTHON = "3.11"
COMMANDS = 200
OVERHEAD = 3.0  # milliseconds a command, start-up excluded
HEADS = {
    "sh, one shell for all": "version: 0.2\n",
    "bash, one shell for all": "version: 0.2\nenv: {shell: bash}\n",
    "0.1, a shell for each": "version: 0.1\n",
}
PROJECT = Path(__file__).parents[1] / "test" / "projects" / "streamlit_calculator"
CACHED = 3.0  # times faster: the install phase of the second build
BOUND = ("sh, one shell for all", "bash, one shell for all")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=9, help="how often each is run (default: 9)")
    rounds = options.parse_args().rounds
    machine = Machine.this()
    if not find_interpreter(PYTHON):
        sys.exit(f"Python {PYTHON} is needed, and is not here")
    ours = builder(PYTHON, ())
    with tempfile.TemporaryDirectory(prefix="bigflow-bench-") as folder:
        installs = _installs(ours, Path(folder, "calculator"), max(1, rounds // 3))
        figures = {name: _milliseconds(ours, Path(folder), head, rounds) for name, head in HEADS.items()}
    return Result(
        script="buildspec",
        machine=machine,
        versions=tool_versions() | {ours.name: ours.contents()},
        bars=[
            Bar(f"{name}: ms a command, of {COMMANDS} `true`", took, "at most", OVERHEAD if name in BOUND else None)
            for name, took in figures.items()
        ]
        + [
            Bar(
                "install phase: seconds of the first build / of the second, with pip's cache",
                installs,
                "at least",
                CACHED,
            )
        ],
        figures=[],
        not_measured=[],
    ).publish()


def _installs(environment: Environment, root: Path, rounds: int) -> float:
    """Real packages, from wherever pip is set up to look; the second build has what the first has kept."""
    ratios = []
    for number in range(rounds):
        place = root / str(number)
        shutil.copytree(PROJECT, place)
        first, second = (_once(environment, place, "install") for _ in range(2))
        ratios.append(first / second)
    return round(median(ratios), 2)


def _milliseconds(environment: Environment, folder: Path, head: str, rounds: int) -> float:
    """The median of the phase's own duration; what it takes a shell to do `true` is in it."""
    commands = "".join("      - true\n" for _ in range(COMMANDS))
    (folder / "buildspec.yml").write_text(f"{head}phases:\n  build:\n    commands:\n{commands}")
    took = [_once(environment, folder) for _ in range(rounds + 1)]
    return round(1000 * median(took[1:]) / COMMANDS, 3)


def _once(environment: Environment, folder: Path, phase: str = "build") -> float:
    command = (environment.script("bigflow"), "build", "--buildspec", "buildspec.yml", "--json")
    told = subprocess.run(command, cwd=folder, env=environment.variables, capture_output=True, text=True, check=True)
    events = map(json.loads, told.stdout.splitlines())
    return next(float(one["seconds"]) for one in events if one["event"] == "phase_ended" and one["phase"] == phase)


if __name__ == "__main__":
    sys.exit(main())
