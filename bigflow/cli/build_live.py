"""Turns the events of a build into a display at the bottom of the terminal, below the lines that stay."""

from collections.abc import Callable

from bigflow import _ambient
from bigflow.builder.events import (
    BuildEnded,
    BuildEvent,
    BuildListener,
    BuildStarted,
    BuildTick,
    PhaseStarted,
    StepEnded,
    StepOutput,
    StepStarted,
)
from bigflow.cli.build_lines import BuildLines, Wording
from bigflow.cli.console import Console
from bigflow.cli.harmless import cells
from bigflow.cli.region import PATIENCE, SPINNER, Region, Running, Terminal, padded
from bigflow.cli.run_lines import duration


def live(console: Console, then: str = "") -> BuildListener:
    """The display on standard error."""
    view = BuildView(BuildLines(console, Wording(brief=True, next=then)), Region(Terminal()), _ambient.stopwatch)
    console.above_display = view.say
    return view.tell


class BuildView:
    """What runs is shown at every tick; what is over goes up and stays."""

    def __init__(self, lines: BuildLines, region: Region, clock: Callable[[], float]) -> None:
        self._lines = lines
        self._region = region
        self._clock = clock
        self._began = clock()
        self._phase = ""
        self._wanted: set[str] = set()  # steps
        self._done: set[str] = set()
        self._running: list[Running] = []
        self._ticks = 0
        self._over = False

    def tell(self, event: BuildEvent) -> None:
        self._learn(event)
        if isinstance(event, BuildTick):
            self._ticks += 1
            if self._clock() - self._began >= PATIENCE:
                self._region.show((), self._display())
            return
        above = self._lines.of(event)
        if above or self._over:
            self._region.show(above, self._display() if self._region.visible and not self._over else ())

    def say(self, line: str) -> None:
        """A line that somebody else has to say: it stays, and the display is gone until the next tick."""
        self._region.show([line], ())

    def _learn(self, event: BuildEvent) -> None:
        match event:
            case BuildStarted():
                self._wanted = {step for _, steps in event.phases for step in steps}
            case PhaseStarted():
                self._phase = event.phase.upper()
            case StepStarted():
                self._running.append(Running(event.step, self._clock()))
            case StepOutput():
                for step in self._running:
                    if step.id == event.step:
                        step.wrote(event.text)
            case StepEnded():
                self._done.add(event.report.name)
                self._running = [step for step in self._running if step.id != event.report.name]
            case BuildEnded():
                self._over = True

    def _display(self) -> list[str]:
        _, rows = self._region.size()
        if rows < 2:
            return []
        shown = self._running[: max(0, rows - 2)]
        room = max((cells(step.id) for step in shown), default=0)
        now = self._clock()
        mark = SPINNER[self._ticks % len(SPINNER)]
        lines = [f"  {mark}   {padded(step.id, room)} {duration(now - step.began):>7}   {step.last}" for step in shown]
        done = f"{len(self._done & self._wanted)}/{len(self._wanted)}"
        return [*lines, f"  {self._phase}  {done}  {duration(now - self._began)}"]
