"""Turns what was released and what is there into what is no longer as it was released."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bigflow.deployer.bundle import missing
from bigflow.deployer.deploying import Ground
from bigflow.deployer.ledger import Opened
from bigflow.deployer.observe import Observed, observe, recorded
from bigflow.deployer.release import DeployedImage, Release


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing that somebody has changed since."""

    kind: Literal["changed", "missing", "foreign", "unknown", "image", "tag", "bundle"]
    name: str
    detail: str


def find_drift(ground: Ground, opened: Opened | None = None) -> tuple[Release | None, tuple[Drift, ...]]:
    """The release that is deployed, and in what the environment is not like it. Nothing is changed."""
    records = recorded(ground.ledger, opened)
    observed = observe(ground.place, records, (), by_marks=True)
    current = records.current
    images = [] if current is None else [one for image in current.images for one in _of_image(image, ground)]
    others = (*_of_tag(current, ground), *_of_bundle(current, ground)) if current else ()
    return current, (*_of_files(observed), *images, *others)


def _of_files(observed: Observed) -> Iterator[Drift]:
    released = {dag.name: dag.text for dag in (observed.current.dags if observed.current else ())}
    for name in sorted({*released, *observed.files}):
        seen, text = observed.files.get(name), released.get(name)
        if seen is None:
            yield Drift("missing", name, "it was released, and is gone")
        elif text is None:
            yield Drift("unknown", name, "it has the project's mark, and is of no release")
        elif not seen.ours:
            yield Drift("foreign", name, "it is a file of somebody else now")
        elif seen.text != text:
            yield Drift("changed", name, _first_difference(text, seen.text))


def _of_image(image: DeployedImage, ground: Ground) -> Iterator[Drift]:
    if ground.images(image.place).find(image.blob.digest) is None:
        yield Drift("image", image.reference, "it was released, and is gone")


def _of_tag(release: Release, ground: Ground) -> Iterator[Drift]:
    """Of the image that was pushed last; the others are those that single workflows still have."""
    for image in release.images[:1]:
        stands_for = ground.images(image.place).tagged(image.tag)
        if stands_for != image.blob.digest:
            yield Drift("tag", f"{image.place}:{image.tag}", f"it stands for {stands_for or 'nothing'} now")


def _of_bundle(release: Release, ground: Ground) -> Iterator[Drift]:
    if bundle := release.bundle:
        for file in missing(bundle, ground.stores(bundle.place)):
            yield Drift("bundle", f"{bundle.folder}/{file.path}", "it is gone, or is not as it was released")


def _first_difference(released: str, there: str) -> str:
    old, new = released.splitlines(), there.splitlines()
    line = next((number for number, pair in enumerate(zip(old, new, strict=False), 1) if pair[0] != pair[1]), 0)
    return f"changed from line {line or min(len(old), len(new)) + 1} on"
