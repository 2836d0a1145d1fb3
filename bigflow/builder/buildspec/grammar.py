"""What a buildspec says, as values: every key of versions 0.1 and 0.2."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from bigflow.builder.buildspec.on_failure import OnFailure
from bigflow.errors import Finding

PHASES = ("install", "pre_build", "build", "post_build")
Pairs: TypeAlias = tuple[tuple[str, str], ...]


class Command(NamedTuple):
    """What a shell is given, and the line where it stands."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Variables:
    """`env`."""

    shell: str | None = None
    plain: Pairs = ()
    parameters: Pairs = ()  # of the parameter store
    secrets: Pairs = ()  # of the secrets manager: id:json-key:stage:version-id
    exported: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class PhaseSpec:
    """One of `phases`; a phase that is not there has no commands."""

    name: str
    commands: tuple[Command, ...] = ()
    closing: tuple[Command, ...] = ()  # `finally`
    on_failure: OnFailure = field(default_factory=OnFailure)
    run_as: str | None = None
    runtimes: Pairs = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Files:
    """Which files: patterns below a folder."""

    patterns: tuple[str, ...]
    base: str | None = None
    exclude: tuple[str, ...] = ()
    discard_paths: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class ReportSpec:
    """One of `reports`."""

    name: str
    files: Files
    format: str


@dataclass(frozen=True, slots=True)
class ArtifactSpec:
    """`artifacts`, or one of its `secondary-artifacts`: then `id` is its key."""

    id: str
    files: Files
    name: str | None = None
    symlinks: bool = False  # kept as such
    s3_prefix: str = ""


@dataclass(frozen=True, slots=True)
class CacheSpec:
    """`cache`."""

    paths: tuple[str, ...] = ()
    key: str | None = None
    fallback_keys: tuple[str, ...] = ()
    action: Literal["both", "restore", "save"] = "both"
    line: int = 0


@dataclass(frozen=True, slots=True)
class BatchEntry:
    """One build of a batch."""

    id: str
    kind: str  # build-list
    buildspec: str | None = None
    variables: Pairs = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Buildspec:
    """The whole of it, and what was odd about it."""

    file: str
    lasting_shell: bool = True  # not in 0.1: there each command has a shell of its own
    run_as: str | None = None
    variables: Variables = field(default_factory=Variables)
    phases: tuple[PhaseSpec, ...] = ()
    reports: tuple[ReportSpec, ...] = ()
    artifacts: tuple[ArtifactSpec, ...] = ()
    cache: CacheSpec = field(default_factory=CacheSpec)
    batch: tuple[BatchEntry, ...] = ()
    warnings: tuple[Finding, ...] = ()

    def phase(self, name: str) -> PhaseSpec:
        """One of PHASES, as it is written or empty."""
        return next((phase for phase in self.phases if phase.name == name), PhaseSpec(name))

    def where(self, line: int) -> str:
        """The place of a line."""
        return f"{self.file}:{line}" if line else self.file
