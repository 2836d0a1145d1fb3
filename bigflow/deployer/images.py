"""Turns an image of a build into one of an environment: what is missing moves, and is found again by its digest."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from bigflow.containers.blobs import Source
from bigflow.containers.copying import Graph, Progress
from bigflow.containers.descriptor import Descriptor
from bigflow.containers.layout import Layout
from bigflow.deployer.events import DeployListener, PieceMoved, PushEnded, PushStarted, unheard
from bigflow.deployer.release import DeployedImage
from bigflow.deployer.wanted import Built
from bigflow.errors import OutsideError, UsageError


class ImagePlace(Protocol):
    """Where images are put: a repository in a registry, or a folder."""

    @property
    def said(self) -> str:
        """As the environment says it."""
        ...

    def reference(self, digest: str) -> str:
        """What pods are told."""
        ...

    def find(self, digest: str) -> Descriptor | None:
        """The image, if all of it is there."""
        ...

    def has(self, blob: Descriptor) -> bool: ...

    def may_put(self) -> None:
        """Fails as `put` would if that is not allowed; changes nothing."""
        ...

    def put(self, root: Descriptor, source: Source, progress: Progress) -> None:
        """Have it, under its digest only."""
        ...

    def tagged(self, tag: str) -> str:
        """The digest that a tag stands for; nothing if there is no such tag."""
        ...

    def tag(self, root: Descriptor, tag: str) -> None:
        """Let a tag stand for what is there."""
        ...


PlaceOf: TypeAlias = Callable[[str], ImagePlace]  # as an environment says it


@dataclass(frozen=True, slots=True)
class ImagePlan:
    """What happens to an image."""

    image: DeployedImage  # as it will be called
    blobs: int  # that are not there yet
    bytes: int
    tagged: str  # the digest that its tag stands for now

    @property
    def moves(self) -> bool:
        return self.blobs > 0

    @property
    def changes(self) -> bool:
        return self.moves or self.tagged != self.image.blob.digest


def plan_image(built: Built, place: ImagePlace) -> ImagePlan:
    """What of the image of a build has to move."""
    image = built.image
    if image is None:
        raise UsageError("the build has no image", where="build/manifest.json", hint="bigflow build")
    found = place.find(image.digest)
    missing: tuple[Descriptor, ...] = ()
    if found is None:
        if image.root is None:
            raise _nowhere(image.digest, place.said)
        missing = _missing(image.root, Layout(image.layout).store, place)
        found = image.root
    blob = Descriptor(found.media_type, found.digest, found.size)
    there = DeployedImage(place.said, place.reference(image.digest), built.tag, blob)
    return ImagePlan(there, len(missing), sum(one.size for one in missing), place.tagged(built.tag))


def plan_released(images: tuple[DeployedImage, ...], place_of: PlaceOf) -> ImagePlan | None:
    """The same for a release, whose images must all be there: a DAG without its image would fail at its next run."""
    for image in images:
        if place_of(image.place).find(image.blob.digest) is None:
            raise OutsideError(
                f"the image {image.reference} is gone",
                where=image.place,
                hint=f"build {image.tag} again and deploy it, or go back to another release: bigflow releases",
            )
    return next((ImagePlan(image, 0, 0, place_of(image.place).tagged(image.tag)) for image in images), None)


def push_image(built: Built, planned: ImagePlan, place: ImagePlace, tell: DeployListener = unheard) -> None:
    """Have the image there, and be sure of it. No tag is moved."""
    image = built.image
    if not planned.moves or image is None or image.root is None:
        return
    tell(PushStarted(planned.image.reference, planned.blobs, planned.bytes))
    place.put(
        image.root,
        Layout(image.layout).store,
        lambda blob, count: tell(PieceMoved(blob.digest, blob.size, count)),
    )
    if place.find(image.digest) is None:
        raise OutsideError(f"{place.said} does not have {image.digest} although it took it", hint="try again")
    tell(PushEnded(planned.image.reference))


def tag_image(planned: ImagePlan, place: ImagePlace) -> None:
    """Let the tag stand for the image. DAGs name the digest: to them it makes no difference."""
    if planned.tagged != planned.image.blob.digest:
        place.tag(planned.image.blob, planned.image.tag)


def _missing(root: Descriptor, source: Source, place: ImagePlace) -> tuple[Descriptor, ...]:
    graph = Graph.read(root, source)
    blobs = (blob for blob in graph.blobs if not place.has(blob))
    return (*blobs, *(held.blob for held in graph.documents))


def _nowhere(digest: str, place: str) -> UsageError:
    return UsageError(
        f"the image {digest} is neither here nor in {place}",
        hint="bigflow build-image, or bring the folder .image with the manifest",
    )
