"""Turns images for several platforms into one index, and an index into the image for one of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from bigflow.containers.blobs import Source, read_verified
from bigflow.containers.descriptor import INDEX, INDEXES, Descriptor, Platform, descriptor_of, read_descriptor
from bigflow.containers.documents import Malformed, canonical, parsed
from bigflow.containers.image import Image, open_manifest
from bigflow.errors import UsageError

_DEEPEST = 3  # indexes within indexes
UNKNOWN = "unknown"  # what build tools call the platform of their notes, which are no images


class NoSuchPlatform(UsageError):
    """The image exists, but not for the platform that is asked for."""


@dataclass(frozen=True, slots=True)
class Index:
    """Images under one name. Like an image, it is the very bytes that were read."""

    data: bytes
    media_type: str
    members: tuple[Descriptor, ...]

    @property
    def descriptor(self) -> Descriptor:
        return descriptor_of(self.media_type, self.data)

    @property
    def digest(self) -> str:
        return self.descriptor.digest

    @property
    def documents(self) -> tuple[tuple[Descriptor, bytes], ...]:
        return ((self.descriptor, self.data),)

    @property
    def platforms(self) -> tuple[Platform, ...]:
        """Those that it has an image for."""
        told = (member.platform for member in self.members)
        return tuple(platform for platform in told if platform is not None and platform.os != UNKNOWN)

    def member(self, wanted: Platform) -> Descriptor:
        """The image for a platform; the one that says exactly so before one that does as well."""
        fitting = [member for member in self.members if member.platform and wanted.takes(member.platform)]
        exact = [member for member in fitting if member.platform == wanted]
        nested = [member for member in self.members if member.platform is None and member.is_index]
        for found in (*exact, *fitting, *nested, *self._nameless()):
            return found
        offered = ", ".join(sorted({str(platform) for platform in self.platforms})) or "none that it names"
        raise NoSuchPlatform(f"there is no image for {wanted}", hint=f"it is offered for: {offered}")

    def _nameless(self) -> tuple[Descriptor, ...]:
        """A single member that does not say its platform: its configuration will."""
        return self.members if len(self.members) == 1 and self.members[0].platform is None else ()


def index_of(images: Iterable[Image]) -> Index:
    """One index over images for different platforms."""
    members = [image.descriptor for image in images]
    twice = [str(m.platform) for i, m in enumerate(members) if any(m.platform == n.platform for n in members[:i])]
    if twice:
        raise UsageError(f"two images for {twice[0]} cannot be in one index", hint="name each platform once")
    data = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [member.data() for member in members]}
    return read_index(canonical(data))


def read_index(data: bytes) -> Index:
    """The index that these bytes, already verified, are."""
    told = parsed(data, "the index")
    media_type = told.text("mediaType", INDEX)
    if media_type not in INDEXES or told.number("schemaVersion") != 2:
        raise Malformed(f"{media_type!r}, schema {told.data.get('schemaVersion')}, is no index of images")
    return Index(data, media_type, tuple(read_descriptor(member) for member in told.parts("manifests")))


def open_image(root: Descriptor, source: Source, platform: Platform) -> Image:
    """The image for a platform: the root itself, or what an index has for it."""
    blob = root
    for _ in range(_DEEPEST):
        if not blob.is_index:
            break
        blob = read_index(read_verified(blob, source)).member(platform)
    else:
        raise Malformed(f"{root.digest} has indexes in indexes, more than {_DEEPEST} deep")
    image = open_manifest(blob, source)
    if not platform.takes(image.platform):
        raise NoSuchPlatform(f"there is no image for {platform}", hint=f"it is offered for: {image.platform}")
    return image
