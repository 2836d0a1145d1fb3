"""Turns an order (deploy, go back, remove) into a plan, and an agreed plan into what is there."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bigflow.deployer import desired
from bigflow.deployer.actor import Actor
from bigflow.deployer.apply import KEPT, apply
from bigflow.deployer.bundle import BuiltBundle, BundlePlan, forget, plan_bundle, upload
from bigflow.deployer.bundle import plan_released as plan_released_bundle
from bigflow.deployer.events import DeployListener, unheard
from bigflow.deployer.images import ImagePlan, PlaceOf, plan_image, plan_released, push_image, tag_image
from bigflow.deployer.ledger import Ledger, Opened
from bigflow.deployer.observe import Records, observe, recorded
from bigflow.deployer.place import DagsPlace
from bigflow.deployer.plan import DeployPlan, Wish, plan
from bigflow.deployer.release import Act, Deployed, Entry, Release
from bigflow.deployer.wanted import Binding, Built, chosen
from bigflow.errors import UsageError
from bigflow.storage import Store, open_store


@dataclass(frozen=True, slots=True)
class Ground:
    """Where an environment is, and who works there."""

    environment: str
    protected: bool
    place: DagsPlace
    ledger: Ledger
    images: PlaceOf
    actor: Actor
    stores: Callable[[str], Store] = open_store  # by their addresses


@dataclass(frozen=True, slots=True)
class DeployOrder:
    """What is to be deployed, and how."""

    built: Built
    binding: Binding
    repository: str  # as the environment says it
    workflow: str | None = None
    handover: bool = False
    clear: bool = False
    push: bool = True  # else the image has to be there
    bundle: BuiltBundle | None = None

    @property
    def only_bundle(self) -> bool:
        """Whether the build was about nothing else: what there is of DAGs stays as it is."""
        return self.bundle is not None and self.built.image is None and not self.built.specs


def plan_deploy(ground: Ground, order: DeployOrder, opened: Opened | None = None) -> DeployPlan:
    """What a deploy would do. `opened` is the state, if it is known already."""
    built, now = order.built, ground.actor.now
    image = None if order.only_bundle else plan_image(built, ground.images(order.repository))
    if image and image.moves and not order.push:
        raise UsageError(f"the image {image.image.reference} is not there yet", hint="bigflow deploy-image")
    bundle = plan_bundle(order.bundle, ground.stores) if order.bundle else None
    if bundle and bundle.missing and not order.push:
        raise UsageError(f"the EMR bundle {bundle.address} is not there yet", hint="bigflow deploy")
    records = recorded(ground.ledger, opened, damaged=order.clear)
    if order.only_bundle:
        dags = records.current.dags if records.current else ()
    else:
        specs = chosen(built.specs, order.workflow)
        dags = desired.after_deploy(specs, order.binding.of(built), records.current, now)
    if order.workflow is not None:
        dags = desired.beside(dags, order.workflow, records.current)
    if order.handover:
        dags = desired.handed_over(dags, records.current, now)
    wish = Wish(
        act="deploy",
        project=built.manifest.project,
        environment=ground.environment,
        version=built.manifest.version,
        commit=built.manifest.commit,
        who=ground.actor.who,
        dags=dags,
        images=(*((image.image,) if image else ()), *(records.current.images if records.current else ())),
        manifest=built.manifest.to_json(),
        clear=order.clear,
        protected=ground.protected,
        bundle=bundle.bundle if bundle else None,
    )
    return _planned(ground, wish, records, image, bundle)


def plan_rollback(ground: Ground, number: int | None, opened: Opened | None = None) -> DeployPlan:
    """What going back to a release, or to the one before the last, would do."""
    records = recorded(ground.ledger, opened, damaged=number is not None)
    back = ground.ledger.release(_entry(records, number))
    image = plan_released(back.images, ground.images)
    bundle = plan_released_bundle(back.bundle, ground.stores) if back.bundle else None
    return _planned(ground, _wish_of(back, ground, "rollback", back.dags), records, image, bundle)


def plan_undeploy(ground: Ground, workflow: str, opened: Opened | None = None) -> DeployPlan:
    """What removing a workflow would do."""
    records = recorded(ground.ledger, opened)
    left = desired.without(workflow, records.current)
    assert records.current is not None
    return _planned(ground, _wish_of(records.current, ground, "undeploy", left), records)


def perform(
    ground: Ground, planned: DeployPlan, built: Built | None = None, tell: DeployListener = unheard
) -> Entry | None:
    """Do what was planned: the image first, its tag last. None: there was nothing to write down."""
    image = planned.image
    if image and built:
        push_image(built, image, ground.images(image.image.place), tell)
    if planned.bundle and planned.bundle.missing:
        upload(planned.bundle, ground.stores)
    made = apply(planned, ground.place, ground.ledger, ground.actor) if planned.releases else None
    if image:
        tag_image(image, ground.images(image.image.place))
    if made and planned.bundle:
        _forget_bundles(ground, planned, planned.bundle)
    return made


def _forget_bundles(ground: Ground, planned: DeployPlan, bundle: BundlePlan) -> None:
    """Those of releases that nobody can go back to any more."""
    dropped = planned.opened.state.history[: -(KEPT - 1)]
    if dropped:
        kept = planned.opened.state.history[-(KEPT - 1) :]
        forget(bundle.bundle, planned.release.project, dropped, kept, ground.stores(bundle.bundle.place))


def _planned(
    ground: Ground, wish: Wish, records: Records, image: ImagePlan | None = None, bundle: BundlePlan | None = None
) -> DeployPlan:
    observed = observe(ground.place, records, (dag.name for dag in wish.dags), by_marks=wish.clear)
    return plan(wish, observed, image, ground.actor.now, bundle)


def _wish_of(release: Release, ground: Ground, act: Act, dags: Iterable[Deployed]) -> Wish:
    return Wish(
        act=act,
        project=release.project,
        environment=release.environment,
        version=release.version,
        commit=release.commit,
        who=ground.actor.who,
        dags=tuple(dags),
        images=release.images,
        manifest=release.manifest,
        protected=ground.protected,
        bundle=release.bundle,
    )


def _entry(records: Records, number: int | None) -> Entry:
    history = records.opened.state.history
    if number is None:
        if len(history) < 2:
            raise UsageError("there is no release to go back to", hint="bigflow releases")
        return history[-2]
    found = next((entry for entry in history if entry.number == number), None)
    if found is None:
        known = f"{history[0].number} to {history[-1].number}" if history else "none"
        raise UsageError(f"there is no release {number}; there are: {known}", hint="bigflow releases")
    return found
