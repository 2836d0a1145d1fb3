"""What a build tells while it works, as values; only the command line turns them into text."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from bigflow.builder.report import BuildReport, PhaseReport, StepReport


class Waiting(NamedTuple):
    """Another build is at work in this project; this one waits for it."""

    holder: str  # "build 12, process 4711"


class BuildStarted(NamedTuple):
    """A build begins. Each phase has the names of the steps that were asked for: none, if only others were."""

    build_id: str
    project: str
    version: str
    python: str
    phases: tuple[tuple[str, tuple[str, ...]], ...]


class PhaseStarted(NamedTuple):
    """The steps of a phase begin."""

    phase: str


class StepStarted(NamedTuple):
    """A step has something to do, and begins. One that is skipped only ends."""

    phase: str
    step: str
    log: str  # the file that its output goes to


class StepOutput(NamedTuple):
    """Lines that a step or a program of it has written."""

    step: str
    text: str


class StepEnded(NamedTuple):
    """What came of a step; every step of the build has one."""

    phase: str
    report: StepReport
    log: str  # the file with its output; empty when there was none


class PhaseEnded(NamedTuple):
    """All steps of a phase have ended."""

    report: PhaseReport


class BuildEnded(NamedTuple):
    """The build has its final state."""

    report: BuildReport
    folder: str  # of the build in the history


class BuildTick(NamedTuple):
    """Time has passed; nothing else is new. Told a few times a second while steps run."""

    running: tuple[str, ...]


BuildEvent: TypeAlias = (
    Waiting | BuildStarted | PhaseStarted | StepStarted | StepOutput | StepEnded | PhaseEnded | BuildEnded | BuildTick
)
BuildListener: TypeAlias = Callable[[BuildEvent], None]
