"""Turns what is wanted and what was observed into a plan: each file, each DAG, and what has to be agreed to first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from bigflow.deployer.bundle import BundlePlan
from bigflow.deployer.differences import Difference, differences
from bigflow.deployer.forecast import Forecast, forecast
from bigflow.deployer.images import ImagePlan
from bigflow.deployer.ledger import Opened
from bigflow.deployer.observe import Observed
from bigflow.deployer.release import Act, Deployed, DeployedBundle, DeployedImage, Release
from bigflow.deployer.secrets_needed import NeededSecret, needed_secrets
from bigflow.errors import Finding, InvalidProject
from bigflow.storage import ABSENT

FEW = 10  # runs for the past that may begin without a question
Kind: TypeAlias = Literal["create", "change", "hand over", "delete", "keep"]


@dataclass(frozen=True, slots=True)
class FileChange:
    """What happens to one file. None: it is not there."""

    name: str
    version: str  # that it has now; it changes only if it still has that
    before: str | None
    after: str | None
    released: str | None  # what the last release put there


@dataclass(frozen=True, slots=True)
class DagChange:
    """What happens to one DAG."""

    kind: Kind
    workflow_id: str
    dag_id: str
    file: str
    differences: tuple[Difference, ...] = ()
    forecast: Forecast | None = None
    repaired: bool = False  # its file was not what was released
    same_code: bool = False  # certainly: the files that its jobs can reach are those of the last release

    @property
    def only_build(self) -> bool:
        """Whether the workflow is what it was: it takes the image of another build, perhaps with other code in it."""
        return self.kind == "change" and {one.what for one in self.differences} <= {"image", "version", "code"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall be, and who says so."""

    act: Act
    project: str
    environment: str
    version: str
    commit: str | None
    who: str
    dags: tuple[Deployed, ...]
    images: tuple[DeployedImage, ...]
    manifest: str = ""
    clear: bool = False  # also files of ours that no release knows go
    protected: bool = False
    bundle: DeployedBundle | None = None


@dataclass(frozen=True, slots=True)
class DeployPlan:
    """All that would happen. `opened` is the state that it follows."""

    release: Release
    opened: Opened
    files: tuple[FileChange, ...]
    dags: tuple[DagChange, ...]
    image: ImagePlan | None
    secrets: tuple[NeededSecret, ...]
    asks: tuple[str, ...]
    left: int  # files of others
    releases: bool  # whether there is anything to be written down
    bundle: BundlePlan | None = None

    @property
    def changes(self) -> bool:
        moved = self.bundle is not None and bool(self.bundle.missing)
        return self.releases or moved or (self.image is not None and self.image.changes)


def plan(
    wish: Wish, observed: Observed, image: ImagePlan | None, now: datetime, bundle: BundlePlan | None = None
) -> DeployPlan:
    """The plan. It depends on nothing but what it is given."""
    _refuse_foreign(wish, observed)
    current = observed.current
    files = tuple(_files(wish, observed))
    dags = tuple(_dags(wish, observed, now))
    used = {dag.bindings.image for dag in wish.dags}
    release = Release(
        number=observed.numbered + 1,
        project=wish.project,
        environment=wish.environment,
        act=wish.act,
        version=wish.version,
        commit=wish.commit,
        who=wish.who,
        time=now,
        images=tuple(one for one in dict.fromkeys(wish.images) if one.reference in used),
        dags=wish.dags,
        manifest=wish.manifest,
        bundle=wish.bundle,
    )
    releases = bool(files) or set(wish.dags) != set(current.dags if current else ())
    releases = releases or wish.bundle != (current.bundle if current else None)
    changed = [change for change in dags if change.kind in ("create", "change")]
    return DeployPlan(
        release=release,
        opened=observed.opened,
        files=files,
        dags=dags,
        image=image,
        secrets=needed_secrets(dag for dag in wish.dags if dag.name in {change.file for change in changed}),
        asks=tuple(_asks(wish, dags, releases)),
        left=observed.others,
        releases=releases,
        bundle=bundle,
    )


def _refuse_foreign(wish: Wish, observed: Observed) -> None:
    """Files of others are never changed, whatever their names."""
    foreign = {name for name, seen in observed.files.items() if not seen.ours}
    if wanted := sorted(foreign & {dag.name for dag in wish.dags}):
        hint = "give the workflow another id, or remove that file yourself if nobody needs it"
        raise InvalidProject(Finding(f"there is a file {name} of somebody else", name, hint) for name in wanted)


def _files(wish: Wish, observed: Observed) -> Iterator[FileChange]:
    wanted = {dag.name: dag.text for dag in wish.dags}
    released = {dag.name: dag.text for dag in (observed.current.dags if observed.current else ())}
    ours = {name: seen for name, seen in observed.files.items() if seen.ours}
    for name in sorted({*wanted, *released, *(ours if wish.clear else ())}):
        seen, after = ours.get(name), wanted.get(name)
        before = seen.text if seen else None
        if before != after:
            yield FileChange(name, seen.version if seen else ABSENT, before, after, released.get(name))


def _dags(wish: Wish, observed: Observed, now: datetime) -> Iterator[DagChange]:
    before = {dag.spec.dag_id: dag for dag in (observed.current.dags if observed.current else ())}
    after = {dag.spec.dag_id: dag for dag in wish.dags}
    for dag_id in sorted({*before, *after}, key=lambda one: ((after.get(one) or before[one]).spec.workflow_id, one)):
        old, new = before.get(dag_id), after.get(dag_id)
        if new is None:
            assert old is not None
            yield DagChange("delete", old.spec.workflow_id, dag_id, old.name)
            continue
        seen = observed.files.get(new.name)
        yield DagChange(
            kind=_kind(old, new),
            workflow_id=new.spec.workflow_id,
            dag_id=dag_id,
            file=new.name,
            differences=differences(old, new) if old and old != new else (),
            forecast=forecast(new, known=old is not None, now=now),
            repaired=old is not None and (seen is None or seen.text != old.text),
            same_code=old is not None and old.spec.code == new.spec.code != "",
        )


def _kind(old: Deployed | None, new: Deployed) -> Kind:
    if old is None:
        return "create"
    if old == new:
        return "keep"
    return "hand over" if new.ends is not None and old.ends is None else "change"


def _asks(wish: Wish, dags: Iterable[DagChange], releases: bool) -> Iterator[str]:
    """What somebody has to agree to."""
    if wish.protected and releases:
        yield f"{wish.environment} is protected"
    for change in dags:
        if change.forecast and change.forecast.catchup > FEW and change.kind == "create":
            yield f"{change.dag_id} would begin with {change.forecast.catchup} runs for the past"
        if wish.act == "deploy":
            yield from _asks_of_deploy(change, wish)


def _asks_of_deploy(change: DagChange, wish: Wish) -> Iterator[str]:
    if change.kind == "delete" and not _handed_over(change, wish):
        same = [dag.spec.dag_id for dag in wish.dags if dag.spec.workflow_id == change.workflow_id]
        yield f"{change.workflow_id} gets another id: {same[0]}" if same else f"{change.dag_id} is deleted"
    if any(one.what == "schedule" for one in change.differences):
        yield f"the schedule of {change.dag_id} changes"


def _handed_over(change: DagChange, wish: Wish) -> bool:
    """Whether a successor has begun where this one ended."""
    return any(dag.begun is not None and dag.spec.workflow_id == change.workflow_id for dag in wish.dags)
