"""Turns the EMR bundle of a build into one of an environment: what is missing there is uploaded, the manifest last."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from bigflow.artifacts import Artifact, Manifest, changed_since
from bigflow.artifacts.emr_bundle import FILE, EmrBundle, folder_of
from bigflow.deployer.release import BundleFile, DeployedBundle, Entry
from bigflow.errors import InvalidProject, OutsideError, UsageError
from bigflow.storage import Store, at_once
from bigflow.storage.store import md5_of

NOWHERE = "none"  # as an environment says it that has no EMR


@dataclass(frozen=True, slots=True)
class BuiltBundle:
    """The bundle of a build, and where the environment wants it."""

    folder: str  # here
    bundle: EmrBundle
    place: str


@dataclass(frozen=True, slots=True)
class BundlePlan:
    """What happens to a bundle."""

    bundle: DeployedBundle
    source: str = ""  # the folder here
    missing: tuple[BundleFile, ...] = ()  # what is not there yet, or is another content

    @property
    def bytes(self) -> int:
        return sum(file.size for file in self.missing)

    @property
    def address(self) -> str:
        return f"{self.bundle.place.rstrip('/')}/{self.bundle.folder}"


def bundle_of(manifest: Manifest) -> Artifact | None:
    """The bundle in a build's manifest."""
    return next(iter(manifest.of_kind("emr-bundle")), None)


def find_bundle(root: str, manifest: Manifest, said: str) -> BuiltBundle | None:
    """The bundle of the build, exactly as it was built; None if there is none, or if the environment wants none."""
    artifact = bundle_of(manifest)
    if artifact is None or said == NOWHERE:
        return None
    if wrong := changed_since(replace(manifest, artifacts=(artifact,)), root):
        raise InvalidProject(wrong)
    folder = os.path.join(root, artifact.path)
    bundle = EmrBundle.parse(Path(folder, FILE).read_bytes(), os.path.join(artifact.path, FILE))
    if bundle.project != manifest.project:
        raise UsageError(f"the bundle is of the project {bundle.project!r}", where=artifact.path, hint="bigflow build")
    return BuiltBundle(folder, bundle, address_of(said))


def address_of(said: str) -> str:
    """Where `emr_bucket` points: s3://..., another store, a folder; a plain name is a bucket of S3."""
    return said.rstrip("/") if "/" in said or said.startswith("file:") else f"s3://{said}"


def plan_bundle(built: BuiltBundle, opened: Callable[[str], Store]) -> BundlePlan:
    """What of it has to move. The store is asked once."""
    names = (*(part.path for part in built.bundle.files), FILE)
    files = tuple(_file(built.folder, name) for name in names)
    bundle = DeployedBundle(built.place, built.bundle.folder, files)
    return BundlePlan(bundle, built.folder, missing(bundle, opened(built.place)))


def plan_released(bundle: DeployedBundle, opened: Callable[[str], Store]) -> BundlePlan:
    """The same for a release, whose bundle must be there: a job without it would fail at its next run."""
    planned = BundlePlan(bundle)
    if gone := missing(bundle, opened(bundle.place)):
        raise OutsideError(
            f"{gone[0].path} of the bundle is gone, or is not as it was released",
            where=planned.address,
            hint="build that version again and deploy it, or go back to another release: bigflow releases",
        )
    return planned


def upload(planned: BundlePlan, opened: Callable[[str], Store]) -> None:
    """Have it there. Nobody reads it before a release names it; where the manifest is, everything is."""
    store = opened(planned.bundle.place)

    def put(file: BundleFile) -> None:
        store.write(f"{planned.bundle.folder}/{file.path}", Path(planned.source, file.path))

    rest = [file for file in planned.missing if file.path != FILE]
    at_once([lambda file=file: put(file) for file in rest])  # type: ignore[misc]
    for file in planned.missing:
        if file.path == FILE:
            put(file)


def forget(bundle: DeployedBundle, project: str, dropped: Iterable[Entry], kept: Iterable[Entry], store: Store) -> None:
    """Take the bundles of versions away that no release has any more."""
    versions = {entry.version for entry in dropped} - {entry.version for entry in kept}
    for folder in sorted({folder_of(project, version) for version in versions} - {bundle.folder}):
        for stored in list(store.listing(folder)):
            store.delete(stored.name)


def _file(folder: str, name: str) -> BundleFile:
    path = Path(folder, name)
    return BundleFile(name, path.stat().st_size, md5_of(path).hex())


def missing(bundle: DeployedBundle, store: Store) -> tuple[BundleFile, ...]:
    """What of it is not there, or is another content there."""
    start = f"{bundle.folder}/"
    there = {stored.name.removeprefix(start): stored for stored in store.listing(bundle.folder)}

    def is_there(file: BundleFile) -> bool:
        stored = there.get(file.path)
        if stored is None or stored.size != file.size:
            return False
        md5 = stored.md5 or md5_of(store.read(f"{start}{file.path}").content).hex()  # some stores do not tell it
        return md5 == file.md5

    return tuple(file for file in bundle.files if not is_there(file))
