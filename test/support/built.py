"""Makes what a build leaves, without a build, and an environment in a folder that it can be deployed to."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from support.dag_specs import SMALL

from bigflow.artifacts import Artifact, Manifest
from bigflow.containers.descriptor import LINUX_AMD64
from bigflow.containers.image import scratch
from bigflow.containers.layer import Entry as Member
from bigflow.containers.layer import write_layer
from bigflow.containers.layout import Layout
from bigflow.containers.registry import Registries
from bigflow.containers.store import Store as Blobs
from bigflow.dags import specs_file
from bigflow.dags.binding import Bindings
from bigflow.dags.spec import DagSpec
from bigflow.deployer.actor import Actor
from bigflow.deployer.deploying import DeployOrder, Ground, perform, plan_deploy
from bigflow.deployer.ledger import Ledger
from bigflow.deployer.place import address_of, place_of
from bigflow.deployer.plan import DeployPlan
from bigflow.deployer.release import Entry
from bigflow.deployer.settings import image_place
from bigflow.deployer.wanted import Binding, Built, find_image, read_manifest_of, read_specs
from bigflow.errors import OutsideError
from bigflow.storage import Content, Found, Store, Stored, open_store

CONFIG = """\
from bigflow.configuration import DeploymentConfig

deployment_config = (
    DeploymentConfig("local", {"dags_bucket": "./deployed/dags", "docker_repository": "oci-layout:deployed/images"})
    .add_configuration("dev", {"dags_bucket": "./dev/dags", "namespace": "dev"})
    .add_configuration("prod", {"dags_bucket": "./prod/dags", "protected": True, "paused": True})
)
"""


@dataclass(frozen=True, slots=True)
class Build:
    """What is to look as if it had been built."""

    version: str = "1.0.0"
    specs: tuple[DagSpec, ...] = (SMALL,)
    code: bytes = b"print('hello')"
    project: str = "shop"
    size: int = 0  # bytes of a layer that no build changes


def named(workflow_id: str, **changes: object) -> DagSpec:
    """The small DAG under another id."""
    known = {"workflow_id": workflow_id, "dag_id": workflow_id, **changes}
    return replace(SMALL, **known)  # type: ignore[arg-type]


def build(root: Path, made: Build | None = None) -> Manifest:
    """Put it into a folder, over what an earlier one left."""
    made = made or Build()
    digest = _image(root / ".image", made)
    specs = specs_file.written(made.specs).encode()
    (root / ".dags").mkdir(parents=True, exist_ok=True)
    (root / ".dags" / "specs.json").write_bytes(specs)
    manifest = Manifest(
        made.project,
        "project_package",
        made.version,
        f"{hashlib.sha1(made.code).hexdigest()}",
        (
            Artifact("image", ".image", 0, digest.removeprefix("sha256:"), made.version, "-"),
            Artifact("dagspec", ".dags/specs.json", len(specs), hashlib.sha256(specs).hexdigest(), made.version, "-"),
        ),
    )
    (root / "build").mkdir(exist_ok=True)
    (root / "build" / "manifest.json").write_text(manifest.to_json())
    return manifest


def stage(root: Path, made: Build | None = None, config: str = CONFIG) -> Path:
    """A folder with artifacts and configuration, and nothing else: what a CI stage holds."""
    root.mkdir(parents=True, exist_ok=True)
    build(root, made)
    (root / "deployment_config.py").write_text(config)
    return root


def dag_names(folder: Path) -> set[str]:
    """The DAG files in a folder."""
    return {path.name for path in folder.glob("*.py")}


def _image(folder: Path, made: Build) -> str:
    store = Blobs(str(folder.with_name(".image-making")))
    image = scratch(LINUX_AMD64)
    for number, content in enumerate(_contents(made)):
        image = image.with_layers(write_layer([Member(f"file{number}", content=content)], store, note=f"{number}"))
    image = image.created_at(1_700_000_000)
    store.put(image.documents)
    Layout(str(folder)).write(image.descriptor, store, made.version)
    return image.digest


def _contents(made: Build) -> Iterable[bytes]:
    yield b"".join(hashlib.sha256(str(n).encode()).digest() for n in range(made.size // 32)) or b"base"
    yield made.code


NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


_Result = TypeVar("_Result")


class Killed(BaseException):
    """What a process that is no more would do: nothing."""


@dataclass
class FaultyStore:
    """A store of which one request, or all from one on, go wrong; `number` counts them from 0."""

    store: Store
    fails: Callable[[int], str] = lambda number: ""  # "", "before", "after" or "killed"
    number: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.store.url

    def listing(self, folder: str = "") -> Iterator[Stored]:
        return iter(self._ask("list", lambda: list(self.store.listing(folder))))

    def stat(self, name: str) -> Stored | None:
        return self._ask("stat", lambda: self.store.stat(name))

    def read(self, name: str) -> Found:
        return self._ask("read", lambda: self.store.read(name))

    def write(self, name: str, content: Content, *, expecting: str | None = None, media_type: str = "") -> str:
        return self._ask("write", lambda: self.store.write(name, content, expecting=expecting))

    def delete(self, name: str, *, expecting: str | None = None) -> None:
        return self._ask("delete", lambda: self.store.delete(name, expecting=expecting))

    def _ask(self, what: str, act: Callable[[], _Result]) -> _Result:
        number, self.number = self.number, self.number + 1
        self.asked.append(what)
        fault = self.fails(number)
        if fault == "killed":
            raise Killed
        if fault == "before":
            raise OutsideError("the network is gone")
        result = act()
        if fault == "killed after":
            raise Killed
        if fault == "after":
            raise OutsideError("the answer got lost")
        return result


@dataclass
class Environment:
    """A project, what it built, and where it deploys to."""

    root: Path
    now: datetime = NOW
    bindings: Bindings = field(default_factory=lambda: Bindings("", "", "prod"))
    who: str = "anna@laptop"
    gone: bool = True
    protected: bool = False
    store: FaultyStore | None = None

    @property
    def dags(self) -> Path:
        return self.root / "airflow" / "dags"

    @property
    def repository(self) -> str:
        return f"oci-layout:{self.root / 'images'}"

    def ground(self) -> Ground:
        self.store = FaultyStore(open_store(str(self.dags)))
        place = place_of(str(self.dags), "shop", lambda address: self.store or open_store(address))
        actor = Actor(self.who, self.who, self.now, lambda process: self.gone, lambda: 0.0)
        ledger = Ledger(place.store, place.address.records, "shop")
        images = lambda said: image_place(said, "shop", Registries())  # noqa: E731
        return Ground("prod", self.protected, place, ledger, images, actor)

    def build(self, version: str, *specs: DagSpec, **changes: object) -> Built:
        made = Build(version, specs=specs, code=version.encode())
        build(self.root, replace(made, **changes))  # type: ignore[arg-type]
        manifest = read_manifest_of(str(self.root))
        return Built(manifest, read_specs(str(self.root), manifest, ".dags"), find_image(str(self.root), manifest))

    def order(self, built: Built, **changes: object) -> DeployOrder:
        binding = Binding(self.bindings, image_place(self.repository, "shop", Registries()).reference)
        return replace(DeployOrder(built, binding, self.repository), **changes)  # type: ignore[arg-type]

    def plan(self, built: Built, **changes: object) -> DeployPlan:
        return plan_deploy(self.ground(), self.order(built, **changes))

    def deploy(self, built: Built, **changes: object) -> Entry | None:
        ground = self.ground()
        return perform(ground, plan_deploy(ground, self.order(built, **changes)), built)

    def files(self) -> dict[str, str]:
        """What Airflow sees."""
        return {path.name: path.read_text() for path in sorted(self.dags.glob("*")) if path.is_file()}

    def ledger(self) -> Ledger:
        address = address_of(str(self.dags), "shop")
        return Ledger(open_store(address.root), address.records, "shop")
