"""What is deployed, as values: the DAGs with their files, the images that they name, who did it and when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from bigflow.containers.descriptor import Descriptor
from bigflow.dags.binding import Bindings
from bigflow.dags.names import file_name
from bigflow.dags.spec import DagSpec

Act: TypeAlias = Literal["deploy", "rollback", "undeploy"]


@dataclass(frozen=True, slots=True)
class Deployed:
    """One DAG and the text of its file."""

    spec: DagSpec  # as it was built
    bindings: Bindings
    text: str

    @property
    def begun(self) -> datetime | None:
        """The start of its first period, if it took over from another DAG."""
        return self.bindings.first

    @property
    def ends(self) -> datetime | None:
        """The start of its last period, if another DAG takes over."""
        return self.bindings.last

    @property
    def name(self) -> str:
        """Of its file."""
        return file_name(self.spec.dag_id)


@dataclass(frozen=True, slots=True)
class DeployedImage:
    """An image, and where it was put. `reference` is what pods are told: it has the digest."""

    place: str  # as the environment says it
    reference: str
    tag: str
    blob: Descriptor


@dataclass(frozen=True, slots=True)
class BundleFile:
    """One file of a bundle, and the hash that stores show."""

    path: str
    size: int
    md5: str


@dataclass(frozen=True, slots=True)
class DeployedBundle:
    """An EMR bundle, and where it was put."""

    place: str  # s3://bucket/prefix
    folder: str  # below it: shop/1.2.0
    files: tuple[BundleFile, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """All that is deployed of a project in one environment, exactly."""

    number: int
    project: str
    environment: str
    act: Act
    version: str
    commit: str | None
    who: str
    time: datetime
    images: tuple[DeployedImage, ...] = ()
    dags: tuple[Deployed, ...] = ()
    manifest: str = ""  # of the build, as it was
    bundle: DeployedBundle | None = None

    def text(self, name: str) -> str | None:
        """What it has in a file."""
        return next((dag.text for dag in self.dags if dag.name == name), None)


@dataclass(frozen=True, slots=True)
class Entry:
    """A release in short, and the object that has all of it."""

    number: int
    record: str
    act: Act
    version: str
    commit: str | None
    who: str
    time: datetime
    environment: str
    dags: int


@dataclass(frozen=True, slots=True)
class Intent:
    """A change that has begun: with it nobody else begins one, and what is half done can be undone.

    What a file held before is that of the last release, unless `before` says otherwise (None: it was not there).
    """

    id: str
    who: str
    process: str
    since: datetime  # by the clock of whoever began, for people
    act: Act
    record: str  # of the release that it would make
    names: tuple[str, ...]  # of the files that it changes
    before: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """Where a project stands in an environment."""

    project: str
    history: tuple[Entry, ...] = ()  # oldest first; the last one is what is deployed
    intent: Intent | None = None

    @property
    def current(self) -> Entry | None:
        return self.history[-1] if self.history else None
