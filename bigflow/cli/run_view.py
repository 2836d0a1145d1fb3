"""Turns the events of a run into lines at the terminal, or into JSON, one event a line."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from bigflow._events import Event, JobEnded, JobStarted, Listener, RunEnded, RunStarted
from bigflow.cli.console import Console


def listener(console: Console, *, alone: bool) -> Listener:
    """What the runner tells its events to. A job that runs alone shows its whole traceback, as a pod's log must."""
    return _as_json(console) if console.json else _Lines(console, alone).tell


def _as_json(console: Console) -> Listener:
    def tell(event: Event) -> None:
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
        told = {"event": name, **event._asdict()}
        if isinstance(event, JobEnded):
            told.update(reason=console.place(event.reason), where=console.place(event.where))
        console.data_json(told)

    return tell


class _Lines:
    def __init__(self, console: Console, alone: bool) -> None:
        self._console = console
        self._alone = alone
        self._width = 0
        self._started: RunStarted | None = None
        self._not_run: dict[str, list[str]] = {}
        self._count = {"success": 0, "failed": 0, "upstream_failed": 0}
        self._first_failure = ""

    def tell(self, event: Event) -> None:
        handlers: dict[type, Callable[..., None]] = {
            RunStarted: self._run_started,
            JobStarted: self._job_started,
            JobEnded: self._job_ended,
            RunEnded: self._run_ended,
        }
        handlers[type(event)](event)

    def _run_started(self, event: RunStarted) -> None:
        self._started = event
        self._width = max(len(job) for job in event.jobs) + 2
        env = f"  env {event.env}" if event.env else ""
        chosen = "  (last complete period; -r to choose)" if event.runtime_chosen and event.interval_end else ""
        self._console.say(f"{self._console.paint(event.workflow_id, 'bold')}  {_period(event)}{env}{chosen}")

    def _job_started(self, event: JobStarted) -> None:
        if self._console.verbose:
            self._console.say(f"  ..  {event.job_id}")

    def _job_ended(self, event: JobEnded) -> None:
        self._count[event.state] += 1
        if event.state == "upstream_failed":
            self._not_run.setdefault(event.reason, []).append(event.job_id)
            return
        paint = self._console.paint
        mark = f"{paint('ok', 'green')}  " if event.state == "success" else f"{paint('FAIL', 'red')} "
        if event.traceback and (self._alone or self._console.verbose):
            self._console.say(event.traceback.rstrip())
        self._console.say(f"  {mark}{event.job_id:<{self._width}}{event.seconds:.1f} s")
        if event.state == "failed":
            self._first_failure = self._first_failure or event.job_id
            self._console.say(self._console.place(f"      {event.reason}   {event.where}").rstrip())

    def _run_ended(self, event: RunEnded) -> None:
        for reason, jobs in self._not_run.items():
            self._console.say(f"  --  {', '.join(jobs)}   not run: {reason}")
        count = self._count
        if event.state == "success":
            told = f"{count['success']} {'job' if count['success'] == 1 else 'jobs'} succeeded"
        else:
            words = {"success": "succeeded", "failed": "failed", "upstream_failed": "not run"}
            told = ", ".join(f"{count[state]} {word}" for state, word in words.items() if count[state])
        self._console.say(f"{told} in {event.seconds:.1f} s")
        if event.state == "failed" and not self._alone and self._started is not None:
            job = f"{event.workflow_id}.{self._first_failure}"
            self._console.say(f"look at it alone, then go on: bigflow run -j {job} {_same_again(self._started)}")


def _period(event: RunStarted) -> str:
    zone = "UTC" if event.runtime.tzinfo in (None, UTC) else str(event.runtime.tzinfo)
    if event.interval_end is None:
        return f"runtime {event.runtime:%Y-%m-%d %H:%M:%S} {zone}"
    return f"period {_minutes(event.runtime)} -> {_minutes(event.interval_end)} {zone}"


def _same_again(started: RunStarted) -> str:
    """The options that give another run the same runtime and environment."""
    runtime = started.runtime.isoformat("T", "seconds").removesuffix("T00:00:00")
    return f"-r {runtime} -c {started.env}" if started.env else f"-r {runtime}"


def _minutes(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment.second else f"{moment:%Y-%m-%d %H:%M}"
