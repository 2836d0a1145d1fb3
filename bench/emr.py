"""Turns builds and uploads of an EMR bundle into seconds, and into requests that put something."""

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "test"))

from support.cli import write_files
from support.emr import jar
from support.fault_proxy import fault_proxy
from support.object_store import moto
from support.shop import FILES

from bench.environments import Environment, builder, find_interpreter
from bench.measure import Command, failure, timed
from bench.results import Bar, Machine, Result, tool_versions

PYTHON = "3.11"
REQUIREMENTS = ("numpy",)  # native code: the bundle has an environment
MORE = 0.5  # seconds that a build in which nothing changed may take beyond `bigflow --help`
SETTINGS = """\
[tool.bigflow]
edition = "2026"
name = "shop"
package = "shop"
python = "3.11"
test_framework = "pytest"

[tool.bigflow.build]
audit = "off"
tests = false

[tool.bigflow.emr]
release = "emr-7.5.0"
jars = ["jars"]
"""
KEYS = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_DEFAULT_REGION": "us-east-1"}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=9, help="how often each command is run (default: 9)")
    rounds = options.parse_args().rounds
    machine = Machine.this()
    if not find_interpreter(PYTHON):
        sys.exit(f"Python {PYTHON} is needed, and is not here")
    ours = builder(PYTHON, ("boto3", *REQUIREMENTS))
    with tempfile.TemporaryDirectory(prefix="bigflow-bench-") as folder:
        here = _project(Path(folder) / "shop")
        built = _command(ours, here, "build --target emr")
        bundled = _command(ours, here, "build --target emr --only emr --no-cache")
        helped = _command(ours, here, "--help")
        _must(built)
        timings = timed([helped, built], rounds=rounds, warm_up=2) | timed([bundled], rounds=rounds, warm_up=1)
        size = sum(path.stat().st_size for path in (here / "build_output").rglob("*") if path.is_file())
        first, second = _puts(ours, here)
    apart = [
        build - other for build, other in zip(timings[built.shown].walls, timings[helped.shown].walls, strict=True)
    ]
    return Result(
        script="emr",
        machine=machine,
        versions=tool_versions() | {ours.name: ours.contents()},
        bars=[
            Bar("nothing changed: seconds beyond those of --help", round(median(apart), 3), "at most", MORE),
            Bar("nothing changed: requests that put something", second, "at most", 0),
            Bar("first upload: requests that put something", first, "at least", None),
            Bar("megabytes of the bundle", round(size / 1e6, 1), "at most", None),
        ],
        figures=list(timings.values()),
        not_measured=[],
    ).publish()


def _project(root: Path) -> Path:
    requirements = "".join(f"{name}\n" for name in REQUIREMENTS)
    texts = {
        **FILES,
        "pyproject.toml": SETTINGS,
        "resources/requirements.in": requirements,
        "entry_script/run_main.py": "from shop.workflow import daily\n\nprint(daily.workflow_id)\n",
    }
    write_files(root, texts)
    (root / "jars").mkdir()
    (root / "jars" / "driver-1.0.jar").write_bytes(jar())
    return root


def _command(environment: Environment, folder: Path, words: str, **more: str) -> Command:
    argv = (environment.script("bigflow"), *words.split())
    return Command(f"bigflow {words}", argv, folder, {**environment.variables, **more})


def _puts(environment: Environment, here: Path) -> tuple[int, int]:
    """Of the first deploy and of the second."""
    with moto("bench") as endpoint, fault_proxy(endpoint) as proxy:
        words = f"deploy --emr-bucket s3://bench/spark --storage-endpoint {proxy.endpoint}"
        counts = []
        for _ in range(2):
            proxy.requests.clear()
            _must(_command(environment, here, words, **KEYS))
            counts.append(sum(1 for request in proxy.requests if not request.startswith(("GET ", "HEAD "))))
        return counts[0], counts[1]


def _must(command: Command) -> None:
    if told := failure(command):
        sys.exit(f"{command.shown} failed: {told[-2000:]}")


if __name__ == "__main__":
    sys.exit(main())
