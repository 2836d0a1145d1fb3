"""Turns the events of a run into a display that is redrawn at the bottom of the terminal, below the lines that stay."""

import os
import sys
from collections.abc import Callable, Sequence
from typing import Protocol

from bigflow import _ambient
from bigflow._events import (
    Event,
    JobEnded,
    JobOutput,
    JobRetried,
    JobStarted,
    Listener,
    RunEnded,
    RunStarted,
    Tick,
)
from bigflow.cli.console import Console
from bigflow.cli.harmless import cells, harmless
from bigflow.cli.run_lines import RunLines, Wording, duration

PATIENCE = 0.3  # seconds: a run that is over before needs no display
MOST_LINES = 50  # of one kind; the display counts them all
MOST_RUNNING = 12
LONGEST_LAST_LINE = 500
SPINNER = "|/-\\"
BESIDE_NAME = len("  |   ") + len(" 100.0 s") + 2


class Screen(Protocol):
    """Where it is drawn."""

    def size(self) -> tuple[int, int]:
        """Columns and rows, at this moment."""

    def write(self, text: str) -> None: ...


def live(console: Console, wording: Wording) -> Listener:
    """The display on standard error."""
    lines = RunLines(console, wording._replace(between=False, most=MOST_LINES))
    view = LiveView(lines, Region(_Terminal()), _ambient.stopwatch)
    console.above_display = view.say
    return view.tell


class LiveView:
    """What runs is shown at every Tick; what is over goes up and stays. Nothing is shown of what no run is in."""

    def __init__(self, lines: RunLines, region: "Region", clock: Callable[[], float]) -> None:
        self._lines = lines
        self._region = region
        self._clock = clock
        self._began = 0.0
        self._open = 0  # runs
        self._jobs = 0
        self._done = 0
        self._failed = 0
        self._stopping = False
        self._running: list[_Running] = []
        self._ticks = 0

    def tell(self, event: Event) -> None:
        self._learn(event)
        if isinstance(event, Tick):
            self._ticks += 1
            if self._open and self._clock() - self._began >= PATIENCE:
                self._region.show(self._lines.of(event), self._display())
            return
        above = self._lines.of(event)
        if above or not self._open:
            self._region.show(above, self._display() if self._open and self._region.visible else ())

    def say(self, line: str) -> None:
        """A line that somebody else has to say: it stays, and the display is gone until the next Tick."""
        self._region.show([line], ())

    def _learn(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._began = self._began or self._clock()
                self._open += 1
                self._jobs += len(event.jobs)
            case JobStarted():
                self._running.append(_Running(event.job_id, self._clock()))
            case JobOutput():
                for job in self._of(event.job_id):
                    job.wrote(event.text)
            case JobRetried():
                self._leave(event.job_id)
            case JobEnded():
                self._leave(event.job_id)
                self._done += 1
                self._failed += event.state == "failed"
                self._stopping = self._stopping or event.state == "interrupted"
            case RunEnded():
                self._open -= 1

    def _of(self, job_id: str) -> list["_Running"]:
        return [job for job in self._running if job.id == job_id][:1]  # of several runs, the one that began first

    def _leave(self, job_id: str) -> None:
        for job in self._of(job_id):
            self._running.remove(job)

    def _display(self) -> list[str]:
        columns, rows = self._region.size()
        if rows < 2:
            return []
        shown = self._running[: max(0, min(MOST_RUNNING, rows - 3))]
        room = max(4, min(max((cells(job.id) for job in shown), default=0), columns - BESIDE_NAME))
        now = self._clock()
        mark = SPINNER[self._ticks % len(SPINNER)]
        lines = [f"  {mark}   {_padded(job.id, room)} {duration(now - job.began):>7}   {job.last}" for job in shown]
        if (hidden := len(self._running) - len(shown)) and shown:
            lines.append(f"      and {hidden:,} more")
        return [*lines, self._progress(now)]

    def _progress(self, now: float) -> str:
        failed = f"  {self._failed} failed" if self._failed else ""
        stopping = "  stopping" if self._stopping else ""
        return f"  {self._done}/{self._jobs}{failed}  {duration(now - self._began)}{stopping}"


class _Running:
    """One attempt on its way."""

    __slots__ = ("began", "id", "last")

    def __init__(self, job_id: str, began: float) -> None:
        self.id = job_id
        self.began = began
        self.last = ""

    def wrote(self, text: str) -> None:
        line = text.rstrip().rpartition("\n")[2]
        self.last = harmless(line[-LONGEST_LAST_LINE:] if "\r" in line else line[:LONGEST_LAST_LINE]) or self.last


class Region:
    """Lines at the bottom of a screen that are replaced as a whole, in one write, so that nothing flickers.

    The cursor waits below them, where an error of somebody else finds a line of its own.
    """

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._widths: list[int] = []  # of the lines that are shown

    @property
    def visible(self) -> bool:
        return bool(self._widths)

    def size(self) -> tuple[int, int]:
        return self._screen.size()

    def show(self, above: Sequence[str], block: Sequence[str]) -> None:
        """Put lines above it that stay, and this into it. Each line of the block is clipped to one row."""
        columns, _ = self._screen.size()
        clipped = [clip(line.rstrip(), columns - 1) for line in block]  # the last column would begin the next row
        text = self._back(columns) + "".join(f"{line}\n" for line in (*above, *clipped))
        self._widths = [cells(line) for line in clipped]
        if text:
            self._screen.write(text)

    def _back(self, columns: int) -> str:
        """To where the region begins, and all of it erased; a window that became narrower has broken its lines."""
        if not self._widths:
            return ""
        rows = sum(max(1, -(-width // columns)) for width in self._widths)
        return f"\r\x1b[{rows}A\x1b[J"


class _Terminal:
    """The terminal at standard error."""

    def size(self) -> tuple[int, int]:
        try:
            columns, rows = os.get_terminal_size(sys.stderr.fileno())
        except (OSError, ValueError):
            columns, rows = 0, 0
        return columns or 80, rows or 24  # some say 0

    def write(self, text: str) -> None:
        encoding = sys.stderr.encoding or "utf-8"
        print(text.encode(encoding, "replace").decode(encoding), end="", file=sys.stderr, flush=True)


def clip(line: str, room: int) -> str:
    """The beginning of the line that takes at most `room` columns, with a mark where something is missing."""
    if cells(line) <= room:
        return line
    taken, used = "", 0
    for character in line:
        used += cells(character)
        if used > room - 1:
            break
        taken += character
    return f"{taken}…" if room > 0 else ""


def _padded(name: str, room: int) -> str:
    name = clip(name, room)
    return name + " " * (room - cells(name))
