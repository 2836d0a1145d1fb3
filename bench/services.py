"""Turns a Node service into the seconds of processor that a build of it takes in which nothing has changed."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.environments import builder, find_interpreter
from bench.measure import Command, timed
from bench.results import Bar, Machine, Result, tool_versions

PYTHON = "3.11"
PROJECT = Path(__file__).parents[1] / "test" / "projects" / "quote_service"
UNCHANGED = 1.0  # seconds


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=9, help="how often it is built (default: 9)")
    rounds = options.parse_args().rounds
    machine = Machine.this()
    npm = shutil.which("npm")
    if not find_interpreter(PYTHON) or npm is None:
        sys.exit(f"Python {PYTHON} and npm are needed, and are not here")
    ours = builder(PYTHON, ())
    with tempfile.TemporaryDirectory(prefix="bigflow-bench-") as folder:
        root = Path(folder, "quote-service")
        shutil.copytree(PROJECT, root)
        (root / "Dockerfile").unlink()  # an engine is measured by bench.image
        command = Command("bigflow build", (ours.script("bigflow"), "build"), root, ours.variables)
        subprocess.run(command.argv, cwd=root, env=dict(ours.variables), check=True, capture_output=True)
        unchanged = timed([command], rounds=rounds)[command.shown]
    node = subprocess.run([npm, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return Result(
        script="services",
        machine=machine,
        versions=tool_versions() | {ours.name: ours.contents(), "npm": node},
        bars=[Bar("Node, nothing changed: seconds of CPU", unchanged.cpu.median, "at most", UNCHANGED)],
        figures=[unchanged],
        not_measured=[],
    ).publish()


if __name__ == "__main__":
    sys.exit(main())
