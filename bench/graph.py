"""Turns workflows of up to 100,000 jobs into seconds and bytes, each in processes of its own."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from bench.environments import Environment, as_installed, find_interpreter
from bench.results import Bar, Machine, Result, Sizes, tool_versions

PYTHONS = ("3.11", "3.12", "3.13")
COUNTS = (25_000, 50_000, 100_000)
SHAPES = ("chain", "chain by >>", "fan out", "fan in", "ring")
ROUNDS = 3
SECONDS = 5  # at most
GROWTH = 1.2  # of the bytes that one more job costs, from fewest to most jobs, at most


def main() -> int:
    machine = Machine.this()
    desk = as_installed(next(filter(find_interpreter, PYTHONS)))  # the oldest is the slowest
    sizes = {shape: [_sizes(desk, shape, count) for count in COUNTS] for shape in SHAPES}
    return Result(
        script="graph",
        machine=machine,
        versions=tool_versions() | {desk.name: desk.contents()},
        bars=[bar for shape in SHAPES for bar in _bars(shape, sizes[shape])],
        figures=[one for shape in SHAPES for one in sizes[shape]],
        not_measured=[],
    ).publish()


def _sizes(desk: Environment, shape: str, count: int) -> Sizes:
    """Medians of fresh processes."""
    case = str(Path(__file__).with_name("graph_case.py"))
    rounds = [json.loads(desk.answer(case, shape, str(count))) for _ in range(ROUNDS)]
    make_jobs, make_workflow, validate, order, peak = (median(column) for column in zip(*rounds, strict=True))
    return Sizes(shape, count, make_jobs, make_workflow, validate, order, int(peak))


def _bars(shape: str, sizes: Sequence[Sizes]) -> Iterator[Bar]:
    few, half, many = sizes
    told = f"{shape} of {many.jobs} jobs"
    checked = many.validate + many.order
    yield Bar(f"{told}: seconds to validate and order", checked, "at most", SECONDS)
    made = many.make_jobs + many.make_workflow
    yield Bar(f"{told}: seconds to make, validate and order", made + checked, "at most", SECONDS)
    growth = _cost_of_one_more(half, many) / _cost_of_one_more(few, half)
    yield Bar(f"{told}: bytes for one job more, compared with half of it", growth, "at most", GROWTH)


def _cost_of_one_more(fewer: Sizes, more: Sizes) -> float:
    return (more.peak_bytes - fewer.peak_bytes) / (more.jobs - fewer.jobs)


if __name__ == "__main__":
    sys.exit(main())
