"""Turns the events of a build into the lines that stay: one a phase at a terminal, one a step in the log of CI."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from bigflow.builder.events import (
    BuildEnded,
    BuildEvent,
    BuildStarted,
    PhaseEnded,
    PhaseStarted,
    StepEnded,
    StepOutput,
    StepStarted,
    Waiting,
)
from bigflow.builder.history.kept import REPORT, end_of_log
from bigflow.builder.report import BuildReport, PhaseReport, StepReport
from bigflow.cli.console import Console
from bigflow.cli.run_lines import duration
from bigflow.errors import Finding

TAIL = 20  # lines of a failing step's output
_INDENT = " " * 7
_NAME, _PHASE, _WHAT = 14, 12, 43  # columns
_COLOURS = {"ok": "green", "FAIL": "red", "STOP": "yellow", "warn": "yellow", "--": "dim"}
_PERFORMED = ("succeeded", "failed", "interrupted")


class Wording(NamedTuple):
    """How a build is told."""

    brief: bool  # a line a phase; somebody else shows what is on its way
    output: bool = False  # all that the steps write
    next: str = ""  # what a build is for: told after one that made all that it takes


class BuildLines:
    """Knows of the build what its later lines need."""

    def __init__(self, console: Console, wording: Wording) -> None:
        self._console = console
        self._wording = wording
        self._untold: set[str] = set()  # phases of which no step was asked for
        self._unfinished: dict[str, str] = {}  # step -> the beginning of a line that it has not ended yet
        self._handlers: dict[type, Callable[..., list[str]]] = {
            Waiting: self._waiting,
            BuildStarted: self._build_started,
            PhaseStarted: self._phase_started,
            StepStarted: self._step_started,
            StepOutput: self._step_output,
            StepEnded: self._step_ended,
            PhaseEnded: self._phase_ended,
            BuildEnded: self._build_ended,
        }

    def of(self, event: BuildEvent) -> list[str]:
        """The lines that this event adds."""
        handler = self._handlers.get(type(event))
        return handler(event) if handler else []

    def _waiting(self, event: Waiting) -> list[str]:
        return [f"waiting for {self._shown(event.holder) or 'another build'}, which is at work in this project"]

    def _build_started(self, event: BuildStarted) -> list[str]:
        self._untold = {phase for phase, steps in event.phases if not steps}
        if self._wording.brief:
            return []
        return [f"Build {event.build_id}: {event.project} {event.version}   Python {event.python}"]

    def _phase_started(self, event: PhaseStarted) -> list[str]:
        if self._wording.brief or event.phase in self._untold:
            return []
        return [f"Phase started: {event.phase.upper()}"]

    def _step_started(self, event: StepStarted) -> list[str]:
        return [] if self._wording.brief else [self._line("..", event.step, "")]

    def _step_output(self, event: StepOutput) -> list[str]:
        if not self._wording.output:
            return []
        *whole, self._unfinished[event.step] = f"{self._unfinished.get(event.step, '')}{event.text}".split("\n")
        return [self._written(event.step, line) for line in whole]

    def _written(self, step: str, line: str) -> str:
        return f"{self._console.paint(f'{step} |', 'dim')} {_safe(line)}".rstrip()

    def _step_ended(self, event: StepEnded) -> list[str]:
        step = event.report
        if step.state == "left out":
            return []
        rest = self._unfinished.pop(step.name, "")
        return [*([self._written(step.name, rest)] if rest else []), *self._ending(step, event.log)]

    def _ending(self, step: StepReport, log: str) -> list[str]:
        warnings = [line for finding in step.warnings for line in self._finding("warn", step.name, finding)]
        if step.state == "failed":
            return [*warnings, *self._failed(step, log)]
        if self._wording.brief:
            return warnings
        return [self._told(step), *warnings]

    def _told(self, step: StepReport) -> str:
        if step.state == "succeeded":
            return self._line("ok", step.name, _joined(duration(step.seconds), self._shown(step.summary)))
        if step.state == "interrupted":
            return self._line("STOP", step.name, f"interrupted after {duration(step.seconds)}")
        return self._line("--", step.name, self._why(step))

    def _failed(self, step: StepReport, log: str) -> list[str]:
        """What is wrong, the end of what it wrote, where the rest is, and how to repeat just that."""
        first, *others = step.findings or (Finding("it failed"),)
        lines = self._finding("FAIL", step.name, first)
        lines += [line for finding in others for line in self._finding("", "", finding)]
        tail = () if self._wording.output else _without(end_of_log(log, TAIL).lines, first.message)
        lines += [f"{_INDENT}{self._console.paint('|', 'dim')} {_safe(line)}".rstrip() for line in tail]
        if log:
            lines.append(f"{_INDENT}log: {self._shown(log)}")
        return [*lines, f"{_INDENT}only that, again: bigflow build --only {step.name}"]

    def _finding(self, mark: str, name: str, finding: Finding) -> list[str]:
        lines = [self._shown(line) for line in finding.message.split("\n") if line.strip()] or [""]
        told = [self._line(mark, name, lines[0]) if mark else _INDENT + lines[0]]
        told += [_INDENT + line for line in lines[1:]]
        told += [f"{_INDENT}at: {self._shown(finding.where)}"] if finding.where else []
        return told + ([f"{_INDENT}hint: {self._shown(finding.hint)}"] if finding.hint else [])

    def _phase_ended(self, event: PhaseEnded) -> list[str]:
        phase = event.report
        if phase.name in self._untold:
            return []
        if not self._wording.brief:
            return [f"Phase complete: {phase.name.upper()} State: {phase.state.upper()} ({_seconds(phase.seconds)})"]
        if phase.state == "not run":
            return []
        title = self._console.paint(f"{phase.name.upper():<{_PHASE - 1}}", "bold")
        what = "  ".join(self._parts(phase)) or "nothing to do"
        return [f"{title} {what:<{_WHAT}}   {duration(phase.seconds)}", *self._idle(phase)]

    def _parts(self, phase: PhaseReport) -> Iterator[str]:
        """What each step that did something says of it, and each that had done it before."""
        for step in phase.steps:
            if step.state in ("succeeded", "unchanged") and step.summary:
                yield self._shown(step.summary)
            elif step.state in ("failed", "interrupted"):
                yield f"{step.name} {step.state}"

    def _idle(self, phase: PhaseReport) -> Iterator[str]:
        """The steps that had nothing to do, by their reason."""
        reasons: dict[str, list[str]] = {}
        for step in phase.steps:
            if step.state not in (*_PERFORMED, "left out"):  # who left it out knows
                reasons.setdefault(self._why(step), []).append(step.name)
        for reason, steps in reasons.items():
            yield self._console.paint(f"{'':<{_PHASE}}{', '.join(steps)}: {reason}", "dim")

    def _why(self, step: StepReport) -> str:
        return self._shown(why(step))

    def _build_ended(self, event: BuildEnded) -> list[str]:
        build = event.report
        show = f"bigflow builds show {build.id}"
        if build.state == "succeeded":
            took = "" if self._wording.brief else f" in {duration(build.seconds)}"
            then = f"next: {self._wording.next}" if self._wording.next and _can_be_deployed(build) else show
            return [_joined(f"Built {build.project} {build.version}{took}", self._console.place(REPORT), then)]
        if build.state == "interrupted":
            told = f"build {build.id} interrupted after {duration(build.seconds)}"
            return [_joined(told, show), "  go on with: bigflow build"]
        told = f"build {build.id} of {build.project} {build.version} failed in {duration(build.seconds)}"
        return [
            _joined(f"{told}: {', '.join(failed_steps(build))}".removesuffix(": "), self._console.place(REPORT), show)
        ]

    def _line(self, mark: str, name: str, rest: str) -> str:
        painted = self._console.paint(mark, _COLOURS[mark]) if mark in _COLOURS else mark
        return f"  {painted}{'':<{4 - len(mark)}} {name:<{_NAME}} {rest}".rstrip()

    def _shown(self, text: str) -> str:
        """On one line, with places relative to the project."""
        return _safe(self._console.place(" ".join(text.split())))


def why(step: StepReport) -> str:
    """Why a step had nothing to do, or nothing was done for it: `unchanged since build 3`, `not needed: no linter`."""
    if step.state == "unchanged" and step.reason:
        return step.reason
    return f"{step.state}: {step.reason}" if step.reason else step.state


def failed_steps(build: BuildReport) -> list[str]:
    """Their names."""
    return [step.name for step in build.steps if step.state == "failed"]


def _can_be_deployed(build: BuildReport) -> bool:
    there = {step.name for step in build.steps if step.state in ("succeeded", "unchanged")}
    return {"image", "dags"} <= there


def _without(lines: tuple[str, ...], message: str) -> tuple[str, ...]:
    """What is told above already stands at the end of the log too."""
    told = tuple(message.rstrip().split("\n"))
    return lines[: -len(told)] if lines[-len(told) :] == told else lines


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s"


def _safe(line: str) -> str:
    if line.isascii() and line.isprintable():
        return line
    from bigflow.cli.harmless import harmless

    return harmless(line)


def _joined(*parts: str) -> str:
    return "   ".join(part for part in parts if part)
