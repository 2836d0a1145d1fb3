"""What a build did, as values that are kept in the history and shown."""

import json
from dataclasses import asdict, dataclass
from typing import Literal, NamedTuple, TypeAlias

from bigflow.artifacts.artifact import Artifact, Part, artifact_from_fields
from bigflow.errors import Finding

StepState: TypeAlias = Literal[
    "succeeded", "unchanged", "not needed", "left out", "failed", "not run", "interrupted", "running"
]
BuildState: TypeAlias = Literal["succeeded", "failed", "interrupted", "running"]


@dataclass(frozen=True, slots=True)
class StepReport:
    """What came of one step. `reason` says why it was skipped, left out or not run; `findings` why it failed."""

    name: str
    state: StepState
    summary: str = ""
    reason: str = ""
    started: float = 0.0  # seconds after the build's start
    seconds: float = 0.0
    cpu_seconds: float = 0.0  # of the programs that it ran
    log: str = ""  # relative to the build's folder in the history; empty when nothing was written
    findings: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class PhaseReport:
    """What came of the steps of one phase."""

    name: str
    state: BuildState | Literal["not run"]
    seconds: float
    steps: tuple[StepReport, ...]


class Package(NamedTuple):
    """A package of the lock."""

    name: str
    version: str


class Input(NamedTuple):
    """A file that some step read, relative to the project."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class BuildReport:
    """One build, from its command to what it left."""

    id: str
    command: str  # what was typed, after `bigflow`
    project: str
    version: str
    commit: str | None
    python: str  # the version of the interpreter that the steps ran in
    began: str  # ISO 8601, UTC
    state: BuildState
    seconds: float = 0.0
    own_cpu_seconds: float = 0.0
    phases: tuple[PhaseReport, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    inputs: tuple[Input, ...] = ()
    packages: tuple[Package, ...] = ()
    variant: str = ""  # of the project, that was built
    contents: tuple[Part, ...] = ()  # of the wheel; a part's hash is the CRC that the archive itself says

    @property
    def steps(self) -> tuple[StepReport, ...]:
        """The steps of all phases."""
        return tuple(step for phase in self.phases for step in phase.steps)

    @property
    def exit_code(self) -> int:
        """That of the first step that failed; 130 when it was interrupted."""
        if self.state == "interrupted":
            return 130
        return next((step.exit_code for step in self.steps if step.state == "failed"), 0)

    def to_json(self) -> str:
        """The text of a build's file in the history."""
        return json.dumps(asdict(self), ensure_ascii=False)


def report_from_json(text: str) -> BuildReport:
    """The build that such a text tells of; ValueError, KeyError or TypeError when it does not."""
    read = json.loads(text)
    phases = tuple(_phase(phase) for phase in read.pop("phases"))
    artifacts = tuple(artifact_from_fields(artifact) for artifact in read.pop("artifacts"))
    inputs = tuple(Input(*one) for one in read.pop("inputs"))
    packages = tuple(Package(*one) for one in read.pop("packages"))
    contents = tuple(Part(*one) for one in read.pop("contents"))
    return BuildReport(**read, phases=phases, artifacts=artifacts, inputs=inputs, packages=packages, contents=contents)


def _phase(read: dict[str, object]) -> PhaseReport:
    steps = read.pop("steps")
    assert isinstance(steps, list)
    return PhaseReport(**read, steps=tuple(_step(step) for step in steps))  # type: ignore[arg-type]


def _step(read: dict[str, object]) -> StepReport:
    told = {key: tuple(Finding(*one) for one in read.pop(key)) for key in ("findings", "warnings")}  # type: ignore[attr-defined]
    return StepReport(**read, **told)  # type: ignore[arg-type]
