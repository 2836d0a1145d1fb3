"""Turns a range of time, and what is recorded of it, into the runs that are missing and what became of each period."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, time
from itertools import islice
from typing import Literal, TypeAlias

from bigflow._events import Event, JobOutput, Listener, RunEnded, RunStarted
from bigflow.errors import UsageError
from bigflow.runner.journal import Recorded
from bigflow.runner.local import Ask, Way, kept_by, run_all
from bigflow.runner.report import RunReport
from bigflow.runner.store import KEPT, Store
from bigflow.schedule.periods import periods
from bigflow.workflow.context import in_zone_of
from bigflow.workflow.edition import Edition, settled
from bigflow.workflow.moment import Moment
from bigflow.workflow.workflow import Workflow

# run: from its beginning; resume: what the last run did not bring to success; keep: it succeeded; leave: it failed,
# and nobody asked for another try; wait: a period before it failed, and it depends on that one.
Fate: TypeAlias = Literal["run", "resume", "keep", "leave", "wait"]
Rerun: TypeAlias = Literal["nothing", "failed", "all"]
Ending: TypeAlias = Literal["succeeded", "kept", "failed", "interrupted", "not run"]


@dataclass(frozen=True, slots=True)
class Range:
    """The periods that a backfill is about, in order; and how many of its range are not over yet."""

    moments: tuple[Moment, ...]
    unfinished: int = 0


@dataclass(frozen=True, slots=True)
class Series:
    """One workflow for many periods: all that its runs have in common."""

    workflow: Workflow
    env: str | None
    params: Mapping[str, object]
    in_order: bool = False  # depends_on_past: a period needs those before it
    retries: bool = True
    package: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done for one period, and why."""

    moment: Moment
    fate: Fate
    why: str
    last: Recorded | None = None  # the run that is resumed

    @property
    def executes(self) -> bool:
        return self.fate in ("run", "resume")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one period."""

    step: Step
    ending: Ending
    why: str
    report: RunReport | None = None


def called(runtime: datetime) -> str:
    """A period as people call it: by the day on which it starts, and the time if that is not midnight."""
    if runtime.time() == time():
        return runtime.date().isoformat()
    return runtime.isoformat(" ", "seconds" if runtime.second else "minutes").removesuffix("+00:00")


def span(workflow: Workflow, edition: Edition, start: datetime, end: datetime, now: datetime) -> Range:
    """The periods that start between the two moments, as Airflow has them; those that are not over are only counted.

    A naive moment is wall time of the workflow's zone.
    """
    schedule = settled(workflow, edition).schedule
    if schedule.kind in ("none", "once"):
        spec = "@once" if schedule.kind == "once" else None
        raise UsageError(
            f"{workflow.workflow_id} has no periods: its schedule is {spec!r}",
            where=workflow.defined_at,
            hint=f"run it for a moment of your choice: bigflow run -w {workflow.workflow_id} -r RUNTIME",
        )
    if schedule.instant(end) < schedule.instant(start):
        raise UsageError(f"--end {called(end)} is before --start {called(start)}", hint="the earlier moment is --start")
    found = list(islice(periods(schedule, start, end), KEPT + 1))
    if len(found) > KEPT:
        raise UsageError(
            f"from {called(start)} to {called(end)} {workflow.workflow_id} has more than {KEPT:,} periods",
            hint="backfill a part of them, then the next: so many runs are remembered",
        )
    over = [period for period in found if period.end <= now]
    if not over:
        between = f"between {called(start)} and {called(end)}"
        raise UsageError(
            f"no period of {workflow.workflow_id} "
            + (f"that starts {between} is over yet" if found else f"starts {between}"),
            where=workflow.defined_at,
            hint=_what_there_is(workflow, schedule.start_date),
        )
    zone = workflow.timezone
    moments = tuple(Moment(in_zone_of(p.start, zone), in_zone_of(p.end, zone), chosen=False) for p in over)
    return Range(moments, len(found) - len(over))


def _what_there_is(workflow: Workflow, first: datetime | None) -> str:
    since = f", from {called(in_zone_of(first, workflow.timezone))} on" if first else ""
    return f"its schedule is {workflow.schedule_interval!r} in {workflow.timezone or 'UTC'}{since}"


def decide(
    series: Series, moments: Sequence[Moment], recorded: Iterable[Recorded], rerun: Rerun = "nothing"
) -> tuple[Step, ...]:
    """What happens to each period, given the runs that are recorded, newest first."""
    last = _last_runs(series, moments, recorded)
    steps: list[Step] = []
    culprit: Step | None = None
    for moment in moments:
        step = _step(series, moment, last.get(moment.runtime.isoformat()), rerun)
        if culprit is not None and step.executes:
            step = Step(moment, "wait", f"{called(culprit.moment.runtime)} failed")
        if series.in_order and step.fate == "leave":
            culprit = culprit or step
        steps.append(step)
    return tuple(steps)


def _last_runs(series: Series, moments: Sequence[Moment], recorded: Iterable[Recorded]) -> dict[str, Recorded]:
    """The last run of each period. Runs of only some of the jobs, chosen by the user, tell nothing of a period."""
    missing = {moment.runtime.isoformat() for moment in moments}
    found: dict[str, Recorded] = {}
    for run in recorded:
        header = run.header
        ours = (header.workflow_id, header.env) == (series.workflow.workflow_id, series.env)
        if ours and header.runtime in missing and not header.selection:
            found[header.runtime] = run
            missing.remove(header.runtime)
            if not missing:
                break
    return found


def _step(series: Series, moment: Moment, last: Recorded | None, rerun: Rerun) -> Step:
    if last is None:
        return Step(moment, "run", "never run here")
    run = f"run {last.header.run_id}"
    ended = {"success": "succeeded", "failed": "failed", None: "was killed"}.get(last.state, "was interrupted")
    if rerun == "all":
        return Step(moment, "run", f"{run} {ended}; --rerun all")
    same = _as_written(series.params) == _as_written(last.header.params)
    if last.state == "success":
        return Step(moment, "keep", f"{run} succeeded" + ("" if same else ", with other params"))
    if last.state == "failed" and rerun != "failed":
        return Step(moment, "leave", f"{run} failed; --rerun failed goes on with it")
    if not same:
        return Step(moment, "run", f"{run} {ended}, but with other params")
    done = kept_by(last)
    left = sum(job not in done for job in last.header.jobs)
    return Step(moment, "resume", f"{run} {ended}; {left} of {len(last.header.jobs)} jobs left", last)


def _as_written(params: Mapping[str, object]) -> str:
    """The params as a journal has them: dates, for one, are text in it."""
    return json.dumps(dict(params), default=str, sort_keys=True)


def forecast(seconds: Sequence[float], left: int, abreast: int) -> float:
    """How long the runs that are left will take, if they take as long as those before did on average."""
    return sum(seconds) / len(seconds) * left / max(1, min(abreast, left)) if seconds else 0.0


class Backfill:
    """The steps on their way, and what became of each."""

    def __init__(self, series: Series, steps: tuple[Step, ...], stops: bool = False) -> None:
        self._series = series
        self._steps = steps
        self._stops = stops  # after the first failure nothing begins any more
        self._run_ids: dict[str, int] = {}
        self._results: dict[int, Result] = {}
        self._locks: dict[int, ExitStack] = {}
        self._culprit = ""

    def run(self, store: Store, way: Way, tell: Listener, apart: bool = False) -> Iterator[Result]:
        """Execute what is to be executed; each result as soon as its run is over.

        `apart`: the events of a run are told together when it is over, and not between those of others.
        """
        if not any(step.executes for step in self._steps):
            return  # nothing is made ready, such as containers
        try:
            for report in run_all(self._asks(store, tell, apart), store, way, tell):
                number = self._run_ids[report.run_id]
                self._locks.pop(number).close()
                yield self._note(number, _result(self._steps[number], report))
        finally:
            for lock in self._locks.values():
                lock.close()

    def results(self) -> tuple[Result, ...]:
        """What has become of each period by now."""
        untouched = self._culprit or "the backfill was stopped"
        return tuple(
            self._results.get(number) or _result_without_run(step, untouched) for number, step in enumerate(self._steps)
        )

    @property
    def interrupted(self) -> bool:
        """Whether the user stopped it, and not a failure."""
        if any(result.ending == "interrupted" for result in self._results.values()):
            return True
        untouched = any(step.executes and number not in self._results for number, step in enumerate(self._steps))
        return untouched and not (self._stops and self._culprit)

    def _asks(self, store: Store, tell: Listener, apart: bool) -> Iterator[Ask]:
        """Asked for one by one, so that a failure is known before the next begins."""
        for number, step in enumerate(self._steps):
            if self._stops and self._culprit:
                return
            if step.executes and self._is_free(number, store):
                yield self._ask(number, step, _together(tell) if apart else tell)

    def _is_free(self, number: int, store: Store) -> bool:
        """Whether nobody else runs this period at the moment; then nobody else can until its run is over."""
        lock, step = ExitStack(), self._steps[number]
        try:
            lock.enter_context(store.locked(self._series.workflow.workflow_id, step.moment.runtime, "of a backfill"))
        except UsageError as held:
            self._note(number, Result(step, "not run", held.message))
            return False
        self._locks[number] = lock
        return True

    def _ask(self, number: int, step: Step, tell: Listener) -> Ask:
        def hear(event: Event) -> None:
            if isinstance(event, RunStarted):
                self._run_ids[event.run_id] = number
            tell(event)

        series = self._series
        return Ask(
            series.workflow,
            step.moment,
            series.env,
            series.params,
            retries=series.retries,
            resumes=step.last,
            package=series.package,
            force=True,  # we have the lock
            tell=hear,
        )

    def _note(self, number: int, result: Result) -> Result:
        self._results[number] = result
        if result.ending != "succeeded":
            verb = {"failed": "failed", "interrupted": "was interrupted"}.get(result.ending, "was not run")
            self._culprit = self._culprit or f"{called(result.step.moment.runtime)} {verb}"
        return result


def _result(step: Step, report: RunReport) -> Result:
    if report.succeeded:
        return Result(step, "succeeded", "", report)
    failed = next((job for job in report.jobs if job.state == "failed"), None)
    why = f"{failed.job_id}: {failed.reason}" if failed else ""
    return Result(step, "interrupted" if report.state == "interrupted" else "failed", why, report)


def _result_without_run(step: Step, untouched: str) -> Result:
    if step.fate == "keep":
        return Result(step, "kept", step.why)
    if step.fate == "leave":
        return Result(step, "failed", step.why)
    return Result(step, "not run", step.why if step.fate == "wait" else untouched)


def _together(tell: Listener) -> Listener:
    """Hears of one run, and passes it on in one piece. What jobs print meanwhile is in their logs only."""
    heard: list[Event] = []

    def hear(event: Event) -> None:
        if not isinstance(event, JobOutput):
            heard.append(event)
        if isinstance(event, RunEnded):
            for one in heard:
                tell(one)

    return hear
