"""Turns a project and a list of phases into what came of each step: performed, skipped with a reason, or failed."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import NamedTuple

from bigflow._ambient import stopwatch
from bigflow._version import __version__
from bigflow.artifacts.artifact import Made
from bigflow.artifacts.manifest import Manifest
from bigflow.builder.events import (
    BuildEvent,
    BuildListener,
    BuildTick,
    PhaseEnded,
    PhaseStarted,
    StepEnded,
    StepStarted,
)
from bigflow.builder.fingerprint import Fingerprints
from bigflow.builder.performance import Outcome, Performance, Surroundings
from bigflow.builder.records import Records
from bigflow.builder.report import BuildState, PhaseReport, StepReport, StepState
from bigflow.builder.selection import Phase
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Step, Wishes
from bigflow.builder.waiting import waits_for
from bigflow.errors import BigflowError

_TURN = 0.2  # seconds between two ticks
_UNASKED = "not asked for"
_BESIDE = "a step of the phase failed"
_BAD = ("failed", "not run", "interrupted")


@dataclass(frozen=True, slots=True)
class Order:
    """What one build is to do, and where its own things go."""

    id: str
    folder: str  # of this build in the history: logs
    work: str  # what is half made
    project: Project
    wishes: Wishes
    phases: tuple[Phase, ...]
    steps: Mapping[str, Step]
    chosen: frozenset[str]
    previous: Manifest | None
    reopen: Callable[
        [], Project
    ]  # the first phase may write a new lock, which is a source and has a say in the version
    use_records: bool
    parallel: int


class _Running(NamedTuple):
    """A step at work, when that began, and the key that it was begun with."""

    step: str
    declared: Declared
    key: str
    began: float  # seconds after the build's start
    thread: Thread


class Pipeline:
    """One build on its way."""

    def __init__(self, order: Order, records: Records, fingerprints: Fingerprints, listener: BuildListener) -> None:
        self.done: dict[str, Done] = {}
        self.interrupted = False
        self.worked = False  # a step had something to do, other than those that always have
        self.project = order.project
        self._order = order
        self._records = records
        self._fingerprints = fingerprints
        self._listener = listener
        self._one_at_a_time = Lock()
        self._reports: dict[str, StepReport] = {}
        self._declared: list[Declared] = []
        self._ended: SimpleQueue[tuple[str, Outcome | BaseException]] = SimpleQueue()
        self._began = stopwatch()

    def run(self) -> tuple[PhaseReport, ...]:
        """The phases in their order. After one that failed, none is begun but those that do not mind."""
        phases: list[PhaseReport] = []
        for phase in self._order.phases:
            broken = next((one.name for one in phases if self._hinders(one, phase)), "")
            phases.append(self._not_run(phase, broken) if broken else self._phase(phase))
            if len(phases) == 1 and any(step.state == "succeeded" for step in phases[0].steps):
                self.project = self._order.reopen()
        return tuple(phases)

    def _hinders(self, ended: PhaseReport, phase: Phase) -> bool:
        return ended.state != "succeeded" and (self.interrupted or ended.name not in phase.despite)

    def _phase(self, phase: Phase) -> PhaseReport:
        began = stopwatch()
        self._tell(PhaseStarted(phase.name))
        try:
            self._side_by_side(phase.name, phase.steps)
            if self._all_well(phase.steps):
                self._side_by_side(phase.name, phase.closing)
        except KeyboardInterrupt:
            self.interrupted = True
        for step in phase.all:
            if step not in self._reports:
                self._pass_over(phase.name, step, "the build was interrupted" if self.interrupted else _BESIDE)
        return self._phase_report(phase, began)

    def _side_by_side(self, phase: str, steps: tuple[str, ...]) -> None:
        """Each step begins as soon as those that it waits for have ended well."""
        declared = {step: said for step in steps if (said := self._declaration(phase, step)) is not None}
        waiting = waits_for(declared)
        running: dict[str, _Running] = {}
        try:
            while waiting or running:
                for step in [step for step, others in waiting.items() if others <= self._reports.keys()]:
                    if len(running) == self._order.parallel:
                        break
                    if self._can_begin(phase, step, waiting.pop(step)):
                        begun = self._begun(phase, step, declared[step])
                        if begun is not None:
                            running[step] = begun
                            begun.thread.start()
                            self._fingerprints.look_anew()
                if running:
                    self._wait(phase, running)
        except BaseException:
            self.interrupted = True  # the programs of the steps are ended, and with them the steps
            for one in running.values():
                one.thread.join()
                self._end(phase, StepReport(one.step, "interrupted", started=round(one.began, 3)))
            raise

    def _wait(self, phase: str, running: dict[str, _Running]) -> None:
        """For the next step to end, or for a moment. A bug in a step is raised here."""
        try:
            step, outcome = self._ended.get(timeout=_TURN)
        except Empty:
            self._tell(BuildTick(tuple(running)))
            return
        ran = running.pop(step)
        ran.thread.join()
        if isinstance(outcome, BaseException):
            raise outcome
        self._came_of(phase, ran, outcome)

    def _declaration(self, phase: str, step: str) -> Declared | None:
        """What a step declares; None when it ends here, for it has nothing to do or cannot say what."""
        try:
            said = self._order.steps[step].declare(self.project, self._order.wishes)
        except BigflowError as error:
            if step in self._order.chosen:
                self._end(phase, _failed(step, error))
            else:
                self._end(phase, StepReport(step, "left out", reason=_UNASKED))
            return None
        if isinstance(said, NotNeeded):
            asked = step in self._order.chosen and not (said.quiet and len(self._order.chosen) > 1)
            state: StepState = "not needed" if asked else "left out"
            self._end(phase, StepReport(step, state, reason=said.reason))
            return None
        self._declared.append(said)
        return said

    def _can_begin(self, phase: str, step: str, others: frozenset[str]) -> bool:
        bad = next((other for other in sorted(others) if self._reports[other].state in _BAD), None)
        if bad is not None:
            self._pass_over(phase, step, f"it waits for {bad}")
        return bad is None

    def _begun(self, phase: str, step: str, declared: Declared) -> _Running | None:
        """Unless it stands as it was left, or was left out: then what it left last time counts, if that stands."""
        order, chosen = self._order, step in self._order.chosen
        try:
            key = self._key(step, declared)
            record = None if declared.always else self._records.standing(step, key, declared)
        except BigflowError as error:
            self._end(phase, _failed(step, error))
            return None
        if record is not None and (order.use_records or not chosen):
            self.done[step] = record.done
            if chosen:
                reason = f"unchanged since build {record.build_id}"
                told = StepReport(step, "unchanged", record.done.summary, reason, warnings=record.done.warnings)
                self._end(phase, told)
        if not chosen:
            self._end(phase, StepReport(step, "left out", reason=_UNASKED))
        if not chosen or step in self.done:
            return None
        self.worked = self.worked or not declared.always
        self._records.forget(step)
        self._tell(StepStarted(phase, step, self._log_path(step)))
        made = Made(self.project.version, key)
        places = (os.path.join(order.work, step), self._log_path(step))
        around = Surroundings(self.project, order.wishes, order.previous, self._tell, lambda: self.interrupted)
        performance = Performance(step, around, made, dict(self.done), places)
        thread = Thread(target=self._perform, args=(performance, declared), name=f"step {step}")
        return _Running(step, declared, key, stopwatch() - self._began, thread)

    def _perform(self, performance: Performance, declared: Declared) -> None:
        """In a thread of its own: whatever comes of it is told to the thread that waits."""
        try:
            outcome: Outcome | BaseException = performance.perform(self._order.steps[performance.name])
            self._fingerprints.see(declared.leaves)
        except BaseException as bug:
            outcome = bug
        self._ended.put((performance.name, outcome))

    def _came_of(self, phase: str, ran: _Running, outcome: Outcome) -> None:
        """It counts for the next build too, unless what it read changed while it was at work."""
        step, error = ran.step, outcome.error
        self._fingerprints.look_anew()
        if outcome.done is not None:
            try:
                if ran.key == self._key(step, ran.declared):
                    self._records.keep(step, ran.key, self._order.id, ran.declared, outcome.done)
                self.done[step] = outcome.done
            except BigflowError as unwritten:
                error = unwritten
        state: StepState = "succeeded" if error is None else "interrupted" if self.interrupted else "failed"
        report = StepReport(
            step,
            state,
            outcome.done.summary if outcome.done else "",
            started=round(ran.began, 3),
            seconds=outcome.seconds,
            cpu_seconds=outcome.cpu_seconds,
            log=self._log(step) if outcome.wrote else "",
            findings=error.findings if error else (),
            warnings=outcome.done.warnings if outcome.done else (),
            exit_code=int(error.exit_code) if error else 0,
        )
        self._end(phase, report)

    @property
    def inputs(self) -> tuple[tuple[str, str], ...]:
        """The sources that the steps declared to read, with their hashes: not what other steps have left."""
        left = tuple(path for declared in self._declared for path in declared.leaves)
        read = self._fingerprints.of(path for declared in self._declared for path in declared.files)
        return tuple((path, sha256) for path, sha256 in read if not path.startswith(left))

    def _key(self, step: str, declared: Declared) -> str:
        return self._fingerprints.digest(declared.files, step, __version__, *declared.values)

    def _not_run(self, phase: Phase, broken: str) -> PhaseReport:
        for step in phase.all:
            self._pass_over(phase.name, step, f"{broken} did not succeed")
        return PhaseReport(phase.name, "not run", 0.0, tuple(self._reports[step] for step in phase.all))

    def _phase_report(self, phase: Phase, began: float) -> PhaseReport:
        state: BuildState = "succeeded" if self._all_well(phase.all) else "failed"
        if self.interrupted:
            state = "interrupted"
        steps = tuple(self._reports[step] for step in phase.all)
        report = PhaseReport(phase.name, state, round(stopwatch() - began, 3), steps)
        self._tell(PhaseEnded(report))
        return report

    def _all_well(self, steps: tuple[str, ...]) -> bool:
        return all(self._reports[step].state not in _BAD for step in steps)

    def _pass_over(self, phase: str, step: str, reason: str) -> None:
        """It has no chance any more; one that was not asked for never had."""
        if step in self._order.chosen:
            self._end(phase, StepReport(step, "not run", reason=reason))
        else:
            self._end(phase, StepReport(step, "left out", reason=_UNASKED))

    def _end(self, phase: str, report: StepReport) -> None:
        self._reports[report.name] = report
        self._tell(StepEnded(phase, report, os.path.join(self._order.folder, report.log) if report.log else ""))

    def _log(self, step: str) -> str:
        return f"logs/{step}.log"

    def _log_path(self, step: str) -> str:
        return os.path.join(self._order.folder, self._log(step))

    def _tell(self, event: BuildEvent) -> None:
        """Steps tell from their threads; the listener hears one after another."""
        with self._one_at_a_time:
            self._listener(event)


def _failed(step: str, error: BigflowError) -> StepReport:
    return StepReport(step, "failed", findings=error.findings, exit_code=int(error.exit_code))
