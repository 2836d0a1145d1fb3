"""Turns the events of a run into the lines that stay: at a terminal, in the log of a CI job, in that of a pod."""

import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from bigflow._events import (
    Event,
    JobEnded,
    JobKept,
    JobOutput,
    JobRetried,
    JobStarted,
    RunEnded,
    RunStarted,
)
from bigflow.cli.console import Console

NAMED = 8  # jobs in one line; the others are a number
WIDEST = 40  # the column of job ids, however long some of them are
INDENT = " " * 7
_COLOURS = {"ok": "green", "FAIL": "red", "retry": "yellow", "kept": "dim", "--": "dim", "..": "dim"}
_ENDINGS = {"success": "succeeded", "failed": "failed", "interrupted": "interrupted"}


class Wording(NamedTuple):
    """How a run is told."""

    alone: bool  # one job in this very process: it shows its whole traceback, as a pod's log must
    retries_off: bool  # by us, because there is a human at a terminal
    several: bool = False  # runs: each says which one it is when it ends
    between: bool = True  # starts and output of jobs are lines too; otherwise somebody else shows them
    most: int = sys.maxsize  # lines of a kind; a screen full of `ok` hides what matters


class RunLines:
    """Knows of the runs what their later lines need."""

    def __init__(self, console: Console, wording: Wording) -> None:
        self._console = console
        self._wording = wording
        self._column = 0
        self._started: dict[str, RunStarted] = {}
        self._begun: dict[str, JobStarted] = {}
        self._kept: dict[str, list[str]] = {}  # reason -> jobs
        self._not_run: dict[str, list[str]] = {}
        self._count: dict[str, int] = {}
        self._told: dict[str, int] = {}
        self._handlers: dict[type, Callable[..., list[str]]] = {
            RunStarted: self._run_started,
            JobKept: self._job_kept,
            JobStarted: self._job_started,
            JobOutput: self._job_output,
            JobRetried: self._job_retried,
            JobEnded: self._job_ended,
            RunEnded: self._run_ended,
        }

    def of(self, event: Event) -> list[str]:
        """The lines that this event adds. Kept jobs are told together, before whatever comes next."""
        kept = self._flush_kept() if self._kept and not isinstance(event, JobKept) else []
        handler = self._handlers.get(type(event))
        return kept + handler(event) if handler else kept

    def _run_started(self, event: RunStarted) -> list[str]:
        self._started[event.run_id] = event
        self._column = min(max(map(len, event.jobs), default=0), WIDEST) + len("ok  ") + 2
        env = f"  env {event.env}" if event.env else ""
        chosen = "  (last complete period; -r to choose)" if event.runtime_chosen and event.interval_end else ""
        return [f"{self._console.paint(event.workflow_id, 'bold')}  {_period(event)}{env}{chosen}"]

    def _job_kept(self, event: JobKept) -> list[str]:
        self._counted("kept")
        self._kept.setdefault(event.reason, []).append(event.job_id)
        return []

    def _flush_kept(self) -> list[str]:
        lines = [f"  {self._mark('kept')} {_names(jobs)} ({reason})" for reason, jobs in self._kept.items()]
        self._kept.clear()
        return lines

    def _job_started(self, event: JobStarted) -> list[str]:
        self._begun[event.job_id] = event
        if self._console.verbose or (self._wording.between and not self._wording.alone):
            again = f"attempt {event.attempt} of {event.tries}" if event.attempt > 1 else ""
            return [self._line("..", event.job_id, again)]
        return []

    def _job_output(self, event: JobOutput) -> list[str]:
        if not self._wording.between:
            return []
        prefix = self._console.paint(f"{event.job_id} |", "dim")
        return [f"{prefix} {_safe(line)}".rstrip() for line in event.text.removesuffix("\n").split("\n")]

    def _job_retried(self, event: JobRetried) -> list[str]:
        what = _joined(self._shown(event.reason), self._shown(event.where), f"next in {event.pause:g} s")
        return self._rationed("retry", event.job_id, f"attempt {event.attempt} of {event.tries} failed: {what}")

    def _job_ended(self, event: JobEnded) -> list[str]:
        begun = self._begun.pop(event.job_id, None)
        if event.state == "success":
            self._counted("succeeded")
            return self._rationed("ok", event.job_id, _joined(duration(event.seconds), self._shown(event.note)))
        if event.state == "failed":
            self._counted("failed")
            return self._failed(event, begun)
        if event.attempt:
            self._counted("interrupted")
            return [self._line("--", event.job_id, f"interrupted after {duration(event.seconds)}")]
        word = "skipped" if event.state == "skipped" else "not run"
        self._counted(word)
        self._not_run.setdefault(self._shown(f"{word}: {event.reason}"), []).append(event.job_id)
        return []

    def _failed(self, event: JobEnded, begun: JobStarted | None) -> list[str]:
        rest = duration(event.seconds) if self._wording.alone else self._attempts(event, begun)
        reason = _joined(self._shown(event.reason), self._shown(event.where))
        hint = f"hint: {self._shown(event.hint)}" if event.hint else ""
        log = f"log: {self._shown(event.log)}" if event.log else ""
        lines = self._rationed("FAIL", event.job_id, rest, *filter(None, (reason, hint, log)))
        if event.traceback and (self._wording.alone or self._console.verbose):
            return [*map(_safe, event.traceback.rstrip().split("\n")), *lines]
        return lines

    def _attempts(self, event: JobEnded, begun: JobStarted | None) -> str:
        if begun is None:
            return f"attempt {event.attempt}"
        off = self._wording.retries_off and begun.retries
        why = f" (retries are off at a terminal; --retries for production's {begun.retries})" if off else ""
        return f"attempt {event.attempt} of {begun.tries}{why}"

    def _run_ended(self, event: RunEnded) -> list[str]:
        lines = [f"  {self._mark('--')}  {_names(jobs)}   {why}" for why, jobs in self._not_run.items()]
        show = f"bigflow runs show {event.run_id}" if event.run_id and not self._wording.alone else ""
        started = self._started.pop(event.run_id, None)
        if self._wording.several and started is not None:
            ending = f"{event.workflow_id}  {_period(started)}   {_ENDINGS[event.state]} in {duration(event.seconds)}"
        else:
            ending = self._ending(event)
        lines.append(_joined(ending, show))
        self._not_run.clear()
        self._count.clear()
        return lines + self._next(event)

    def _ending(self, event: RunEnded) -> str:
        """Counts, and the state of the run where the counts do not tell it."""
        count = self._count
        time = f" in {duration(event.seconds)}"
        if event.state == "success" and set(count) <= {"succeeded"}:
            jobs = count.get("succeeded", 0)
            return f"{jobs} {'job' if jobs == 1 else 'jobs'} succeeded{time}"
        words = ("succeeded", "kept", "failed", "not run", "skipped", "interrupted")
        told = ", ".join(f"{count[word]} {word}" for word in words if word in count)
        if event.state == "interrupted":
            return f"interrupted{f': {told}' if told else ''}{time}"
        despite = event.state == "success" and "failed" in count
        return f"{told}{time}{', a success: its last jobs succeeded' if despite else ''}"

    def _next(self, event: RunEnded) -> list[str]:
        """The command to go on with. A job that ran alone was not written down."""
        if event.state == "success" or self._wording.alone or not event.run_id:
            return []
        words = "go on with:" if event.state == "interrupted" else "fix it, then:"
        return [f"  {words} bigflow run --resume{f' {event.run_id}' if self._wording.several else ''}"]

    def _counted(self, word: str) -> None:
        self._count[word] = self._count.get(word, 0) + 1

    def _rationed(self, mark: str, job_id: str, rest: str, *below: str) -> list[str]:
        """The line and what belongs below it, unless there have been enough of the kind."""
        told = self._told[mark] = self._told.get(mark, 0) + 1
        if told <= self._wording.most:
            return [self._line(mark, job_id, rest), *(INDENT + line for line in below)]
        return [f"  ...  further '{mark}' lines are left out"] if told == self._wording.most + 1 else []

    def _line(self, mark: str, job_id: str, rest: str) -> str:
        """`  ok  clean   0.2 s`: what follows the ids stands in one column."""
        head = f"{mark:<3} {job_id}".ljust(self._column)
        return f"  {self._mark(mark)}{head[len(mark) :]} {rest}".rstrip()

    def _mark(self, mark: str) -> str:
        return self._console.paint(mark, _COLOURS[mark])

    def _shown(self, text: str) -> str:
        """On one line, with places relative to the project."""
        return _safe(self._console.place(" ".join(text.split())))


def _safe(line: str) -> str:
    if line.isascii() and line.isprintable():
        return line
    from bigflow.cli.harmless import harmless  # late: pods of jobs that succeed never need it

    return harmless(line)


def _joined(*parts: str) -> str:
    return "   ".join(part for part in parts if part)


def _names(jobs: Iterable[str]) -> str:
    first, *others = jobs
    if len(others) < NAMED:
        return ", ".join((first, *others))
    return f"{', '.join((first, *others[: NAMED - 1]))} and {len(others) - NAMED + 1:,} more"


def duration(seconds: float) -> str:
    """`0.4 s`, `1 m 05 s`."""
    if seconds < 59:
        return f"{seconds:.1f} s"
    from bigflow.drawing.durations import duration as in_units  # late: importing the room of drawings takes a while

    return in_units(seconds)


def _period(event: RunStarted) -> str:
    zone = "UTC" if event.runtime.tzinfo in (None, UTC) else str(event.runtime.tzinfo)
    if event.interval_end is None:
        return f"runtime {event.runtime:%Y-%m-%d %H:%M:%S} {zone}"
    return f"period {_minutes(event.runtime)} -> {_minutes(event.interval_end)} {zone}"


def _minutes(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment.second else f"{moment:%Y-%m-%d %H:%M}"
