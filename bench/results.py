"""Turns figures and bars into a table at the terminal, a file in results/ and an exit code."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from bench.measure import Timing

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Bar:
    """What a figure must be, and what it is."""

    name: str
    figure: float
    rule: Literal["at most", "at least"]
    limit: float | None  # None: told for comparison only
    detail: str = ""  # what one wants to know when it is missed

    @property
    def met(self) -> bool:
        if self.limit is None:
            return True
        return self.figure <= self.limit if self.rule == "at most" else self.figure >= self.limit

    def __str__(self) -> str:
        verdict = "      " if self.limit is None else "ok    " if self.met else "MISSED"
        wanted = "" if self.limit is None else f"{self.rule} {self.limit:g}"
        detail = "" if self.met or not self.detail else f"\n        {self.detail}"
        return f"{verdict} {self.figure:9.4g}  {wanted:<12}  {self.name}{detail}"


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a workflow of that shape and size costs: seconds of each act, and the most memory that the process had."""

    shape: str
    jobs: int
    make_jobs: float
    make_workflow: float
    validate: float
    order: float
    peak_bytes: int

    def __str__(self) -> str:
        made = f"make jobs {self.make_jobs:.2f} s, workflow {self.make_workflow:.2f} s"
        told = f"validate {self.validate:.2f} s, order {self.order:.2f} s"
        return f"{self.shape:<12} {self.jobs:>7} jobs  {made}, {told}, {self.peak_bytes / 1e6:.0f} MB"


@dataclass(frozen=True, slots=True)
class Machine:
    """Where it was measured, and how busy that was with other things."""

    cores: int
    processor: str
    system: str
    load: float  # of the minute before

    @classmethod
    def this(cls) -> "Machine":
        return cls(os.cpu_count() or 0, _processor(), f"{platform.system()} {platform.release()}", _load())


@dataclass(frozen=True, slots=True)
class Result:
    """All that one script found out."""

    script: str
    machine: Machine
    versions: Mapping[str, str]
    bars: Sequence[Bar]
    figures: Sequence[Timing | Sizes]
    not_measured: Sequence[str]  # for want of an interpreter

    def publish(self) -> int:
        """Write it down, show the bars, and say whether all are met."""
        written = {
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            **asdict(self),
            "bars": [{**asdict(bar), "met": bar.met} for bar in self.bars],
        }
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{self.script}.json").write_text(json.dumps(written, indent=1) + "\n")
        for line in (*self.figures, *self.bars, *(f"not measured: {what}" for what in self.not_measured)):
            print(line)
        print(f"written to bench/results/{self.script}.json")
        return 0 if all(bar.met for bar in self.bars) else 1


def tool_versions() -> dict[str, str]:
    """Of what the measuring itself is done with."""
    return {"python (measuring)": platform.python_version(), "uv": version("uv")}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _load() -> float:
    return round(os.getloadavg()[0], 2)
