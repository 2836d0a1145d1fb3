"""Turns executions into attempts on a backend, as many at a time as allowed, until all are done or it is stopped."""

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NamedTuple

from bigflow import _ambient
from bigflow._events import (
    JobEnded,
    JobKept,
    JobOutput,
    JobRetried,
    JobStarted,
    Listener,
    RunEnded,
    RunStarted,
    State,
    Tick,
)
from bigflow.runner.attempt import Outcome
from bigflow.runner.backends import Backend, Task
from bigflow.runner.execution import Execution, Settled
from bigflow.runner.journal import Journal
from bigflow.runner.plan import PlannedJob, RunPlan
from bigflow.runner.report import RunReport
from bigflow.runner.tail import Tail
from bigflow.workflow.context import JobContext
from bigflow.workflow.moment import Moment

TICK = 0.1
ONE_WISH = 0.3  # seconds in which a second signal says the same: `timeout` tells a program, and then its group


class Run(NamedTuple):
    """One run to be driven: its plan, what its jobs' contexts have in common, and where it is written down."""

    plan: RunPlan
    moment: Moment
    context: JobContext
    journal: Journal
    package: str = ""
    tell: Listener | None = None  # who hears of this run alone; else who hears of all


class Manner(NamedTuple):
    """How runs are driven."""

    parallel: int = 1
    fail_fast: bool = False
    grace: float = 5.0  # seconds from asking an attempt to end to killing it


class _Driven:
    """A run on its way."""

    def __init__(self, run: Run, tell: Listener) -> None:
        self.run = run
        self.tell = run.tell or tell
        self.execution = Execution(run.plan)
        self.began = _ambient.stopwatch()
        self.tried: dict[int, int] = {}
        self.ends: list[JobEnded] = []
        self.stopping = False
        self.jobs_by_id = {job.id: job for job in run.plan.workflow.jobs}


class _Attempt(NamedTuple):
    of: _Driven
    place: int
    number: int
    began: float
    tail: Tail


class Driver:
    """Drives runs on one backend, in one thread."""

    def __init__(self, backend: Backend, manner: Manner, tell: Listener) -> None:
        self._backend = backend
        self._manner = manner
        self._tell = tell
        self._running: dict[int, _Attempt] = {}
        self._kill_at: dict[int, float] = {}
        self._too_late: set[int] = set()
        self._asked: list[int] = []  # signals that asked us to end
        self._answered = 0
        self._shown = 0.0

    def drive(self, runs: Iterable[Run], abreast: int = 1) -> Iterator[RunReport]:
        """Each run's report as soon as it is over. The next run is asked for when there is room for it."""
        source = iter(runs)
        active: list[_Driven] = []
        with _signals_kept(self._asked):
            try:
                while True:
                    while len(active) < abreast and not self._asked and (run := next(source, None)) is not None:
                        active.append(self._begin(run))
                    if not active:
                        return
                    self._turn(active)
                    for over in [one for one in active if self._is_over(one)]:
                        active.remove(over)
                        yield self._report(over)
            finally:
                self._backend.close()

    @property
    def asked(self) -> int:
        """The signal that made us stop, or 0."""
        return self._asked[0] if self._asked else 0

    def _begin(self, run: Run) -> _Driven:
        one = _Driven(run, self._tell)
        one.tell(
            RunStarted(
                run.context.run_id,
                run.plan.workflow.workflow_id,
                tuple(job.id for job in run.plan.to_execute()),
                run.moment.runtime,
                run.moment.interval_end,
                run.context.env,
                run.moment.chosen,
            )
        )
        self._settled(one, one.execution.begin())
        return one

    def _turn(self, active: list[_Driven]) -> None:
        if not self._asked:
            for one in active:
                self._start_ready(one)
        for ended in self._backend.wait(self._patience(active)):
            self._attempt_ended(ended.ticket, ended.outcome)
        self._enforce()
        self._show()
        if len(self._asked) > self._answered:
            self._answered = len(self._asked)
            for one in active:
                self._stop(one, signal.SIGTERM if self._answered == 1 else signal.SIGKILL)

    def _start_ready(self, one: _Driven) -> None:
        while len(self._running) < self._manner.parallel:
            place = one.execution.next_ready(_ambient.stopwatch())
            if place is None:
                return
            job = one.run.plan.jobs[place]
            if one.execution.builds_on_unsaved(place):
                self._sync(one)  # a success is durable before anything builds on it
            self._start(one, place, job)

    def _start(self, one: _Driven, place: int, job: PlannedJob) -> None:
        number = one.tried.get(place, 0) + 1
        one.tried[place] = number
        log = one.run.journal.log_of(job.id, number)
        one.run.journal.started(job.id, number)
        one.tell(JobStarted(job.id, number, job.tries, log, job.retries))
        context = one.run.context._replace(job_id=job.id, attempt=number)
        began = _ambient.stopwatch()
        ticket = self._backend.start(Task(one.jobs_by_id[job.id], context, job.limit, log, one.run.package))
        self._running[ticket] = _Attempt(one, place, number, began, Tail(log))
        self._kill_at[ticket] = began + job.limit + self._manner.grace

    def _attempt_ended(self, ticket: int, outcome: Outcome) -> None:
        attempt = self._running.pop(ticket)
        del self._kill_at[ticket]
        late = ticket in self._too_late
        self._too_late.discard(ticket)
        one, job = attempt.of, attempt.of.run.plan.jobs[attempt.place]
        _forward(attempt, last=True)
        if late and not outcome.succeeded:  # else it was done just before we killed it
            outcome = outcome._replace(reason=f"TimedOut: longer than execution_timeout_sec={job.limit:g}, then killed")
        state: State = "success" if outcome.succeeded else "failed"
        if not outcome.succeeded and (self._asked or one.stopping):
            state = "interrupted"
        one.run.journal.ended(job.id, attempt.number, state, outcome)
        if state == "failed" and attempt.number < job.tries:
            one.execution.rest(attempt.place, _ambient.stopwatch() + job.pause)
            one.tell(JobRetried(job.id, attempt.number, job.tries, job.pause, outcome.reason, outcome.where))
            return
        end = _job_ended(job.id, state, attempt, outcome)
        one.ends.append(end)
        one.tell(end)
        if state == "interrupted":
            one.execution.drop(attempt.place)
        else:
            self._settled(one, one.execution.end(attempt.place, state))
        if state == "failed" and self._manner.fail_fast:
            self._stop(one, signal.SIGTERM)

    def _settled(self, one: _Driven, settled: list[Settled]) -> None:
        """Jobs that got their state without an attempt."""
        for job, state, why in settled:
            if job.action == "kept":
                one.tell(JobKept(job.id, why))
                continue
            end = JobEnded(job.id, state, 0.0, reason=why)
            one.run.journal.settled(job.id, state, why)
            one.ends.append(end)
            one.tell(end)

    def _stop(self, one: _Driven, number: int) -> None:
        """Start nothing more of this run, and ask what runs to end; who does not is killed after a grace."""
        if not one.stopping:
            one.stopping = True
            self._settled(one, one.execution.give_up(busy={a.place for a in self._running.values() if a.of is one}))
        for ticket, attempt in self._running.items():
            if attempt.of is one:
                self._backend.stop(ticket, number)
                self._kill_at[ticket] = min(self._kill_at[ticket], _ambient.stopwatch() + self._manner.grace)

    def _enforce(self) -> None:
        now = _ambient.stopwatch()
        for ticket, at in self._kill_at.items():
            if at <= now:
                if not self._running[ticket].of.stopping:
                    self._too_late.add(ticket)
                self._backend.stop(ticket, signal.SIGKILL)
                self._kill_at[ticket] = now + self._manner.grace

    def _patience(self, active: list[_Driven]) -> float:
        moments = list(self._kill_at.values())
        if len(self._running) < self._manner.parallel:
            moments += [moment for one in active if (moment := one.execution.next_moment()) is not None]
        left = min(moments, default=_ambient.stopwatch() + TICK) - _ambient.stopwatch()
        return max(0.0, min(TICK, left))

    def _show(self) -> None:
        now = _ambient.stopwatch()
        if now - self._shown < TICK:
            return
        self._shown = now
        for attempt in self._running.values():
            self._sync(attempt.of)
            _forward(attempt, last=False)
        self._tell(Tick(tuple(a.of.run.plan.jobs[a.place].id for a in self._running.values())))

    def _sync(self, one: _Driven) -> None:
        one.run.journal.sync()
        one.execution.saved()

    def _is_over(self, one: _Driven) -> bool:
        return one.execution.done and not any(attempt.of is one for attempt in self._running.values())

    def _report(self, one: _Driven) -> RunReport:
        state = one.execution.state()
        if state == "interrupted" and not self._asked:  # --fail-fast did it
            state = "failed"
        workflow_id, seconds = one.run.plan.workflow.workflow_id, _ambient.stopwatch() - one.began
        one.run.journal.over(state, seconds)
        one.tell(RunEnded(one.run.context.run_id, workflow_id, state, seconds))
        return RunReport(one.run.context.run_id, workflow_id, state, seconds, tuple(one.ends), self.asked)


def _forward(attempt: _Attempt, *, last: bool) -> None:
    if text := attempt.tail.read(last):
        attempt.of.tell(JobOutput(attempt.of.run.plan.jobs[attempt.place].id, text))


def _job_ended(job_id: str, state: State, attempt: _Attempt, outcome: Outcome) -> JobEnded:
    return JobEnded(
        job_id,
        state,
        outcome.seconds,
        attempt.number,
        reason=outcome.reason,
        where=outcome.where,
        hint=outcome.hint,
        note=outcome.note,
        log=attempt.tail.path,
        traceback=outcome.traceback,
    )


@contextmanager
def _signals_kept(asked: list[int]) -> Iterator[None]:
    """Ctrl-C and SIGTERM are noted down here instead of falling into whatever line is being executed."""
    heard = 0.0

    def note(number: int, _: FrameType | None) -> None:
        nonlocal heard
        now = _ambient.stopwatch()
        if not asked or now - heard > ONE_WISH:
            asked.append(number)
            heard = now

    wanted = [n for n in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(n) is not signal.SIG_IGN]
    before = {number: signal.signal(number, note) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
