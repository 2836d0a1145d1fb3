"""What a step of a build is: it declares what it reads and leaves, and turns the one into the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from bigflow._process import Completed
from bigflow.artifacts.artifact import Artifact, Made
from bigflow.artifacts.doctrine.doctrine import Doctrine
from bigflow.artifacts.manifest import Manifest
from bigflow.builder.settings import Settings
from bigflow.errors import BigflowError, Finding
from bigflow.project.spec import ProjectSpec


class Interpreter(NamedTuple):
    """The Python that the project's code, tests and tools run in."""

    path: str
    version: str  # "3.12.3"
    own: bool  # the project's own .venv


@dataclass(frozen=True, slots=True)
class Project:
    """The project as it lay there when the build began."""

    root: str
    spec: ProjectSpec
    settings: Settings
    version: str
    commit: str | None
    commit_time: int  # seconds since 1970: the only time that artifacts know of
    python: Interpreter
    cache: str  # a folder of this machine, for what any project can use again
    variant: str = ""  # which of the project's; then `root` is a folder of the variant's own
    doctrine: Doctrine = field(default_factory=Doctrine)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user asked of this one build."""

    env: str | None = None
    workflow: str | None = None
    start_time: str | None = None
    upgrade: bool = False
    upgrade_packages: tuple[str, ...] = ()
    offline: bool = False
    airflow: tuple[str, ...] = ()  # versions that DAG files are checked against; none: all that are known
    anew: bool = False  # what names stand for elsewhere is asked again
    export_image_tar: bool | None = None  # None: nobody said
    build_arguments: tuple[str, ...] = ()  # NAME=VALUE, for an own Dockerfile
    build_secrets: tuple[str, ...] = ()  # NAME=FILE
    cache_from_image: tuple[str, ...] = ()
    cache_from_version: tuple[str, ...] = ()


class Declared(NamedTuple):
    """What a step says of itself before it runs. Nothing else may change what it leaves."""

    files: tuple[str, ...] = ()  # files and folders that it reads, relative to the project; they need not exist
    values: tuple[str, ...] = ()  # settings, versions of tools, wishes
    leaves: tuple[str, ...] = ()  # files and folders that it alone writes
    always: bool = False  # it is never skipped as unchanged


class NotNeeded(NamedTuple):
    """This project, or this build, has nothing to do for the step."""

    reason: str
    quiet: bool = False  # for something that few projects have: only who asks for the step alone is told


class Done(NamedTuple):
    """What came of a step."""

    summary: str  # "9 passed (87%)"
    artifacts: tuple[Artifact, ...] = ()
    warnings: tuple[Finding, ...] = ()
    good_for: float | None = None  # seconds, after which it is done anew even if nothing has changed


class StepFailed(BigflowError):
    """The project's own thing failed in a step: a test, a check, a tool that it brought."""


class Work(Protocol):
    """What a step gets to do its work with."""

    @property
    def project(self) -> Project: ...
    @property
    def wishes(self) -> Wishes: ...
    @property
    def folder(self) -> str:
        """An empty folder of its own, on the project's file system, that is gone afterwards."""

    @property
    def made(self) -> Made:
        """The version, and the hash of what the step declared: every artifact carries them."""

    @property
    def before(self) -> Mapping[str, Done]:
        """What came of the steps before this one, by name (those that were skipped as unchanged, too)."""

    @property
    def previous(self) -> Manifest | None:
        """The manifest that lay there when this build began."""

    def tell(self, line: str) -> None:
        """A line for the log and the live display."""

    def wrote(self, output: bytes) -> None:
        """The same of what a program has written, as it came."""

    def stopped(self) -> bool:
        """Whether the build was interrupted: whoever runs programs by himself ends them then."""

    def tool(
        self, args: tuple[str, ...], *, cwd: str | None = None, env_add: Mapping[str, str | None] | None = None
    ) -> Completed:
        """Run a program to its end within the step's time limit; its output goes into the step's log as it comes."""


class Step(Protocol):
    """What a module in `steps/` offers. A step's name is its module's."""

    def declare(self, project: Project, wishes: Wishes) -> Declared | NotNeeded: ...
    def perform(self, work: Work) -> Done: ...
