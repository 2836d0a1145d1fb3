"""Turns local runs, by us and by the tools that people use today, into seconds, bytes and ratios."""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.lasting import Lasted, as_timing, lasted
from bench.measure import Command, Timing, median_of_ratios, ratio_of_medians, timed
from bench.peers import KEDRO, LUIGI, OURS, SLOW, TOOLS, Work
from bench.results import Bar, Machine, Result, tool_versions

ATTEMPT = 2  # times a bare fork and wait, at most
GROWTH = 12  # times as long for ten times the jobs, at most
JOURNAL = 10  # MB for the most jobs, at most
MEMORY = 4096  # bytes for one job more, at most
FEW, MANY = 1_000, 10_000
SLEEPERS = 1.2  # times as long for 8 sleeping jobs as for one, at most
FASTER = 20  # times than the slow ones, at least

FAN, CHAIN, THREE = Work(200, "fan"), Work(200, "chain"), Work(3, "chain")
FORK = "an attempt in a process of its own / a bare fork and wait, each in one process that has imported the framework"


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured: how often the quick ones and the long ones are run, and for how long at most."""

    rounds: int
    long_rounds: int
    limit: float


@dataclass(frozen=True, slots=True)
class Race:
    """Two commands of the quick rounds, and what the first may take, in times of the second."""

    first: Command
    second: Command
    at_most: float = 0.0
    at_least: float = 0.0

    def bar(self, timings: Mapping[str, Timing]) -> Bar:
        """By the worse of the two ways to compare."""
        pair = (timings[self.first.shown], timings[self.second.shown])
        ways = (ratio_of_medians(*pair), median_of_ratios(*pair))
        name = f"{self.first.shown} / {self.second.shown}"
        if self.at_most:
            return Bar(name, max(ways), "at most", self.at_most)
        return Bar(name, min(ways), "at least", self.at_least)


@dataclass(frozen=True, slots=True)
class Big:
    """Runs of one shape with few and with many jobs, and the bytes of the journal of the latter."""

    shape: str
    few: Sequence[Lasted]
    many: Sequence[Lasted]
    journal: int

    def bars(self) -> Iterator[Bar]:
        growth = median(many.wall / few.wall for many, few in zip(self.many, self.few, strict=True))
        name = f"{MANY} empty jobs in a {self.shape}"
        yield Bar(f"{name}: seconds / those of {FEW}", growth, "at most", GROWTH)
        more = median(run.peak_bytes for run in self.many) - median(run.peak_bytes for run in self.few)
        yield Bar(f"{name}: bytes of memory for one job more than {FEW}", more / (MANY - FEW), "at most", MEMORY)
        yield Bar(f"{name}: MB of memory", median(run.peak_bytes for run in self.many) / 1e6, "at most", None)
        yield Bar(f"{name}: MB of journal", self.journal / 1e6, "at most", JOURNAL)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="fewer rounds, and shorter limits for the slow peers")
    quick = options.parse_args().quick
    effort = Effort(rounds=3, long_rounds=1, limit=30) if quick else Effort(rounds=11, long_rounds=3, limit=120)
    machine = Machine.this()
    for tool in TOOLS:
        tool.write_project()
    races = list(_races())
    pairs = [command for race in races for command in (race.first, race.second)]
    timings = timed(list({one.shown: one for one in pairs}.values()), rounds=effort.rounds, warm_up=1)
    forks = _forks()
    big = [_big(shape, effort.long_rounds) for shape in ("fan", "chain")]
    ours, slow = _slow_race(FAN, effort.limit)
    ours_of_three, slow_of_three = _slow_race(THREE, effort.limit)
    return Result(
        script="runs",
        machine=machine,
        versions=tool_versions() | {tool.environment().name: tool.environment().contents() for tool in TOOLS},
        bars=[
            *(race.bar(timings) for race in races),
            forks,
            *(bar for one in big for bar in one.bars()),
            *_leads(ours, slow, FASTER),
            *_leads(ours_of_three, slow_of_three, None),
        ],
        figures=[
            *timings.values(),
            *(as_timing(runs) for one in big for runs in (one.few, one.many)),
            *(as_timing([run]) for run in (*slow, *slow_of_three)),
            *(as_timing(runs, "before each of the slow") for runs in (ours, ours_of_three)),
        ],
        not_measured=[run.failure for run in (*slow, *slow_of_three) if run.failure],
    ).publish()


def _races() -> Iterator[Race]:
    """What is quick enough to be run in rounds."""
    for work in (FAN, CHAIN):
        yield Race(OURS.command(work), LUIGI.command(work), at_most=1.0)
        yield Race(LUIGI.command(work), OURS.command(work, "--isolation", "inline"), at_least=2.5)
    yield Race(LUIGI.command(THREE), OURS.command(THREE), at_least=2)
    yield Race(KEDRO.command(THREE), OURS.command(THREE), at_least=8)
    eight = OURS.command(Work(8, "apart", sleep=1), "--parallel", "8")
    yield Race(eight, OURS.command(Work(1, "apart", sleep=1)), at_most=SLEEPERS)


def _forks() -> Bar:
    """One process makes bare forks and attempts in turns."""
    case = Path(__file__).with_name("attempt_case.py")
    variables = OURS.environment().variables | Work(1, "apart").variables | {"PYTHONPATH": str(OURS.folder)}
    argv = (OURS.environment().python, str(case), "300")
    done = subprocess.run(argv, cwd=OURS.folder, env=variables, capture_output=True, text=True, check=True)
    bare, attempts = zip(*json.loads(done.stdout), strict=True)
    by_medians = median(attempts) / median(bare)
    by_turns = median(attempt / one for one, attempt in zip(bare, attempts, strict=True))
    return Bar(FORK, max(by_medians, by_turns), "at most", ATTEMPT)


def _big(shape: str, rounds: int) -> Big:
    """Few and many, in turns."""
    few, many = OURS.command(Work(FEW, shape)), OURS.command(Work(MANY, shape))
    turns = [(_ours(few), _ours(many)) for _ in range(rounds)]
    newest = max(OURS.folder.glob(".bigflow/runs/*/journal.jsonl"), key=lambda path: path.stat().st_mtime)
    return Big(shape, [one for one, _ in turns], [other for _, other in turns], newest.stat().st_size)


def _slow_race(work: Work, limit: float) -> tuple[list[Lasted], list[Lasted]]:
    """Each slow peer once, and before each of them one of our runs."""
    turns = [(_ours(OURS.command(work)), lasted(tool.command(work), limit)) for tool in SLOW]
    return [one for one, _ in turns], [other for _, other in turns]


def _ours(command: Command) -> Lasted:
    run = lasted(command, limit=600)
    return run if not run.exit_code else sys.exit(run.failure or f"{command.shown} takes longer than ten minutes")


def _leads(ours: Sequence[Lasted], slow: Sequence[Lasted], at_least: float | None) -> Iterator[Bar]:
    """Against the median of our runs. Who was stopped takes longer than what is shown."""
    by = median(run.wall for run in ours)
    for run in slow:
        if not run.failure:
            stopped = " (stopped: takes longer)" if run.stopped else ""
            name = f"{run.shown}{stopped} / {ours[0].shown}"
            yield Bar(name, run.wall / by, "at least", at_least)


if __name__ == "__main__":
    sys.exit(main())
