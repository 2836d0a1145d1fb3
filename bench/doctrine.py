"""Turns a big repository, and a hundred changed files, into the seconds that the doctrine takes for them."""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench.measure import Spread, Timing
from bench.results import Bar, Machine, Result, tool_versions
from bigflow.artifacts.doctrine.judging import judged
from bigflow.builder.doctrine.examining import MEMORY
from bigflow.builder.doctrine.gathering import gathered
from bigflow.builder.doctrine.secrets import find_secrets
from bigflow.builder.opening import open_project
from bigflow.builder.step import Interpreter, Project
from bigflow.project.git import Repository, open_repository

FILES, CHANGED = 50_000, 100
MOST = 2.0  # seconds, for each of the two
IGNORED = (
    "# what can be made again\n/build/\n/dist/\n/.image/\n/.dags/\n/.bigflow/\n/.venv/\n__pycache__/\n*.egg-info/\n"
)
PACKAGE = {
    "pyproject.toml": '[tool.bigflow]\nedition = "2026"\nname = "big"\npackage = "big"\n',
    "big/__init__.py": "",
    "Dockerfile": "# bigflow: standard\nFROM scratch\n",
    ".gitignore": IGNORED,
    ".dockerignore": IGNORED.replace("\n/", "\n").replace("__", "**/__", 1).replace("*.egg", "**/*.egg"),
}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5, help="how often each is measured (default: 5)")
    options.add_argument("--files", type=int, default=FILES, help=f"tracked files (default: {FILES})")
    asked = options.parse_args()
    machine = Machine.this()
    place = Path(tempfile.mkdtemp(prefix="bench-doctrine-"))
    try:
        project, repository = _big(place / "big", asked.files)
        structural = _timed("structural rules", asked.rounds, lambda: _structural(project, repository))
        first = _timed("secrets in all files, for the first time", 1, lambda: _secrets(project, repository))
        changed = [_changed(project, repository, number) for number in range(asked.rounds)]
        return Result(
            script="doctrine",
            machine=machine,
            versions=tool_versions(),
            bars=(
                Bar(f"structural rules, {asked.files} tracked files, seconds", structural.wall.median, "at most", MOST),
                Bar(
                    f"secrets in {CHANGED} changed files, seconds", sorted(changed)[len(changed) // 2], "at most", MOST
                ),
                Bar(f"secrets in all {asked.files} files, once, seconds", first.wall.median, "at most", None),
            ),
            figures=(structural, first, _timing(f"secrets in {CHANGED} changed files", changed, changed)),
            not_measured=(),
        ).publish()
    finally:
        shutil.rmtree(place)


def _structural(project: Project, repository: Repository) -> None:
    found = judged(gathered(project, repository), project.doctrine)
    if found:
        raise SystemExit(f"the repository was made clean, and is not: {found[0]}")


def _secrets(project: Project, repository: Repository) -> None:
    found = gathered(project, repository)
    find_secrets(repository, found.tracked, os.path.join(project.root, MEMORY), project.cache)


def _changed(project: Project, repository: Repository, number: int) -> float:
    """The seconds for a hundred files that were never seen; git knows them already."""
    words = random.Random(number)
    for place in range(CHANGED):
        _write(Path(project.root, "big", f"m{place % 100}", f"changed{place}.py"), _source(words, 6_000))
    _git(project.root, "add", ".")
    found = gathered(project, repository)
    began = time.perf_counter()
    find_secrets(repository, found.tracked, os.path.join(project.root, MEMORY), project.cache)
    return time.perf_counter() - began


def _big(root: Path, files: int) -> tuple[Project, Repository]:
    """A tenth of the files are the package's, which the steps of a build look at when they say what they leave."""
    words = random.Random(0)
    for name, text in PACKAGE.items():
        _write(root / name, text)
    for number in range(files - len(PACKAGE)):
        folder = root / ("big" if number % 10 == 0 else "data") / f"m{number % 100}" / f"n{number % 7}"
        _write(folder / f"file{number}.py", _source(words, 400))
    for words_of_git in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "-m", "big"), ("gc", "--quiet")):
        _git(str(root), *words_of_git)
    version = ".".join(map(str, sys.version_info[:3]))
    project = open_project(str(root), Interpreter(sys.executable, version, False), str(root.parent / "cache"), None)
    repository = open_repository(str(root))
    assert isinstance(repository, Repository)
    return replace(project, cache=str(root.parent / "cache")), repository


def _source(words: random.Random, size: int) -> str:
    lines = (
        f"value_{words.getrandbits(20)} = call({words.getrandbits(30)}, name='n{words.getrandbits(12)}')\n"
        for _ in range(size // 50)
    )
    return "".join(lines)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _git(root: str, *words: str) -> None:
    author = ("-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "gc.auto=0")
    subprocess.run(("git", *author, *words), cwd=root, check=True, capture_output=True)


def _timed(name: str, rounds: int, act: Callable[[], None]) -> Timing:
    walls, cpus = [], []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), os.times()
        act()
        walls.append(time.perf_counter() - wall)
        after = os.times()
        cpus.append(sum(after[:4]) - sum(cpu[:4]))
    return _timing(name, walls, cpus)


def _timing(name: str, walls: list[float], cpus: list[float]) -> Timing:
    return Timing(name, len(walls), _spread(walls), _spread(cpus), tuple(round(wall, 5) for wall in walls))


def _spread(seconds: list[float]) -> Spread:
    ordered = sorted(seconds)
    return Spread(round(ordered[len(ordered) // 2], 5), round(ordered[0], 5), round(ordered[-1], 5))


if __name__ == "__main__":
    sys.exit(main())
