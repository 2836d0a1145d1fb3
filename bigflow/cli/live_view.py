"""Turns the events of a run into a display that is redrawn at the bottom of the terminal, below the lines that stay."""

from collections.abc import Callable

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
from bigflow.cli.harmless import cells
from bigflow.cli.region import PATIENCE, SPINNER, Region, Running, Terminal, padded
from bigflow.cli.run_lines import RunLines, Wording, duration

MOST_LINES = 50  # of one kind; the display counts them all
MOST_RUNNING = 12
BESIDE_NAME = len("  |   ") + len(" 100.0 s") + 2


def live(console: Console, wording: Wording) -> Listener:
    """The display on standard error."""
    lines = RunLines(console, wording._replace(between=False, most=MOST_LINES))
    view = LiveView(lines, Region(Terminal()), _ambient.stopwatch)
    console.above_display = view.say
    return view.tell


class LiveView:
    """What runs is shown at every Tick; what is over goes up and stays. Nothing is shown of what no run is in."""

    def __init__(self, lines: RunLines, region: Region, clock: Callable[[], float]) -> None:
        self._lines = lines
        self._region = region
        self._clock = clock
        self._began = 0.0
        self._open = 0  # runs
        self._jobs = 0
        self._done = 0
        self._failed = 0
        self._stopping = False
        self._running: list[Running] = []
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
                self._running.append(Running(event.job_id, self._clock()))
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

    def _of(self, job_id: str) -> list[Running]:
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
        lines = [f"  {mark}   {padded(job.id, room)} {duration(now - job.began):>7}   {job.last}" for job in shown]
        if (hidden := len(self._running) - len(shown)) and shown:
            lines.append(f"      and {hidden:,} more")
        return [*lines, self._progress(now)]

    def _progress(self, now: float) -> str:
        failed = f"  {self._failed} failed" if self._failed else ""
        stopping = "  stopping" if self._stopping else ""
        return f"  {self._done}/{self._jobs}{failed}  {duration(now - self._began)}{stopping}"
