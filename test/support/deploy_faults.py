"""Turns a deploy to a bucket and a registry into every way in which one of its requests fails, and what is there then.

Nothing is tried twice by the deploy itself, so that each fault is one for it. "For good" is also what a killed process
looks like to bucket and registry: no request comes any more, not even to undo what was done.
"""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from support.built import Build, build, named
from support.fault_proxy import Fault, FaultProxy, fault_proxy
from support.flawed_registry import FlawedRegistry, flawed_registry
from support.google_storage import GoogleStorage, Thing, google_storage

from bigflow.dags.binding import Bindings
from bigflow.deployer.actor import Actor
from bigflow.deployer.deploying import DeployOrder, Ground, perform, plan_deploy
from bigflow.deployer.ledger import Ledger
from bigflow.deployer.place import place_of
from bigflow.deployer.settings import Settings, reach
from bigflow.deployer.undo import settle
from bigflow.deployer.wanted import Binding, Built, find_image, read_manifest_of, read_specs
from bigflow.errors import BigflowError

OLD = Build("1.0.0", specs=(named("daily"), named("weekly"), named("gone")), code=b"old")
NEW = Build("1.1.0", specs=(named("daily"), named("weekly"), named("fresh")), code=b"new")
_NAMED = re.compile(r"/shop@(sha256:[0-9a-f]{64})")
_Files = dict[str, bytes]


@dataclass(frozen=True)
class Way:
    """How requests go wrong from one on."""

    name: str
    first: Fault
    then: Fault | None


WAYS = (
    Way("once, before it took effect", Fault.CUT_BEFORE, None),
    Way("once, after it took effect", Fault.CUT_AFTER, None),
    Way("for good, before it took effect", Fault.CUT_BEFORE, Fault.CUT_BEFORE),
    Way("for good, after it took effect", Fault.CUT_AFTER, Fault.CUT_BEFORE),
)


@dataclass
class Outcomes:
    """What was there after the next command."""

    points: int = 0
    old: int = 0
    new: int = 0
    broken: list[str] = field(default_factory=list)


@dataclass
class Scene:
    """A bucket and a registry behind proxies that count together, and what they held before the deploy."""

    root: Path
    storage: GoogleStorage
    registry: FlawedRegistry
    proxies: tuple[FaultProxy, FaultProxy]
    requests: int = 0
    objects: dict[str, Thing] = field(default_factory=dict)
    images: tuple[dict[str, bytes], dict[str, tuple[str, bytes]]] = ({}, {})
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fails(self, at: Callable[[int], Fault | None]) -> None:
        """From now on requests are counted, and have these faults."""
        self.requests = 0

        def plan(_number: int, _method: str, _path: str) -> Fault | None:
            with self._lock:
                number, self.requests = self.requests, self.requests + 1
            return at(number)

        for proxy in self.proxies:
            proxy.plan = plan

    def remember(self) -> None:
        self.objects = dict(self.storage.buckets["ours"])
        self.images = dict(self.registry.blobs), dict(self.registry.manifests)

    def begin_anew(self) -> None:
        self.storage.buckets["ours"] = dict(self.objects)
        blobs, manifests = self.images
        self.registry.blobs, self.registry.manifests = dict(blobs), dict(manifests)

    def ground(self) -> Ground:
        bucket, _ = self.proxies
        ways = reach(Settings(endpoint=bucket.endpoint, anonymous=True, tries=1), "shop")
        place = place_of("ours", "shop", ways.store)
        actor = Actor("anna", "anna", datetime.now(UTC), lambda process: True, lambda: 0.0)
        return Ground("prod", False, place, Ledger(place.store, place.address.records, "shop"), ways.images, actor)

    def deploy(self, made: Build) -> None:
        ground, built = self.ground(), self._built(made)
        repository = f"{self.proxies[1].endpoint.removeprefix('http://')}/shop"
        binding = Binding(Bindings("", "", "prod"), ground.images(repository).reference)
        perform(ground, plan_deploy(ground, DeployOrder(built, binding, repository)), built)

    def next_command(self) -> None:
        ground = self.ground()
        settle(ground.place, ground.ledger, ground.actor)

    def dags(self) -> _Files:
        held = self.storage.buckets["ours"]
        return {name: thing.content for name, thing in held.items() if name.startswith("dags/")}

    def wrong(self, allowed: tuple[_Files, ...]) -> str:
        """What is neither old nor new."""
        if self.dags() not in allowed:
            return f"the files are neither: {sorted(self.dags())}"
        if self.ground().ledger.open().state.intent:
            return "something is half done"
        texts = b"".join(self.dags().values()).decode()
        absent = {digest for digest in _NAMED.findall(texts) if digest not in self.registry.manifests}
        return f"DAGs without their image: {absent}" if absent or "/shop@" not in texts else ""

    def _built(self, made: Build) -> Built:
        root = self.root / made.version
        if not root.exists():
            root.mkdir()
            build(root, made)
        manifest = read_manifest_of(str(root))
        return Built(manifest, read_specs(str(root), manifest, ".dags"), find_image(str(root), manifest))


@contextmanager
def scene(root: Path) -> Iterator[Scene]:
    """With the old release in it."""
    with (
        google_storage("ours") as storage,
        flawed_registry() as registry,
        fault_proxy(storage.endpoint) as bucket,
        fault_proxy(f"http://{registry.host}") as images,
    ):
        made = Scene(root, storage, registry, (bucket, images))
        made.deploy(OLD)
        made.remember()
        yield made


def each_request_fails(root: Path) -> Outcomes:
    """Try all points in all ways."""
    outcomes = Outcomes()
    with scene(root) as here:
        old = here.dags()
        here.deploy(NEW)
        new = here.dags()
        for way in WAYS:
            point = 0
            while _one(here, way, point):
                wrong = here.wrong((old, new))
                outcomes.points += 1
                outcomes.old += here.dags() == old
                outcomes.new += here.dags() == new
                outcomes.broken += [f"request {point} fails {way.name}: {wrong}"] if wrong else []
                point += 1
    return outcomes


def _one(here: Scene, way: Way, point: int) -> bool:
    """Whether the deploy has a request of that number."""
    here.begin_anew()
    here.fails(lambda number: way.first if number == point else way.then if number > point else None)
    with suppress(BigflowError):
        here.deploy(NEW)
    there = here.requests > point
    here.fails(lambda number: None)
    here.next_command()
    return there
