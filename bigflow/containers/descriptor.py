"""Turns what manifests say about a blob into a value, and back."""

from collections.abc import Mapping
from dataclasses import dataclass

from bigflow.containers.digest import checked_digest, digest_of
from bigflow.containers.documents import Document, Malformed
from bigflow.errors import UsageError

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
LAYER_GZIP = LAYER + "+gzip"
LAYER_ZSTD = LAYER + "+zstd"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_SCHEMA_1 = (
    "application/vnd.docker.distribution.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
)

MANIFESTS = (MANIFEST, DOCKER_MANIFEST)
INDEXES = (INDEX, DOCKER_INDEX)
# The same blob under the name that an OCI manifest gives it.
OCI_NAME: Mapping[str, str] = {
    "application/vnd.docker.container.image.v1+json": CONFIG,
    "application/vnd.docker.image.rootfs.diff.tar": LAYER,
    "application/vnd.docker.image.rootfs.diff.tar.gzip": LAYER_GZIP,
    "application/vnd.docker.image.rootfs.diff.tar.zstd": LAYER_ZSTD,
    CONFIG: CONFIG,
    LAYER: LAYER,
    LAYER_GZIP: LAYER_GZIP,
    LAYER_ZSTD: LAYER_ZSTD,
}
BIGGEST_DOCUMENT = 4 << 20  # bytes of a manifest, as registries limit them too
BIGGEST_CONFIG = 16 << 20


@dataclass(frozen=True, slots=True)
class Platform:
    """What an image runs on."""

    os: str
    architecture: str
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)

    def takes(self, offered: "Platform") -> bool:
        """Whether an image for `offered` is one for this platform. arm64 and arm64/v8 are one."""
        if (self.os, self.architecture) != (offered.os, offered.architecture):
            return False
        if not self.variant or self.variant == offered.variant:
            return True
        return self.architecture == "arm64" and {self.variant, offered.variant} == {"v8", ""}

    def data(self) -> dict[str, object]:
        told: dict[str, object] = {"os": self.os, "architecture": self.architecture}
        return {**told, "variant": self.variant} if self.variant else told


LINUX_AMD64 = Platform("linux", "amd64")


def platform_named(text: str) -> Platform:
    """`linux/arm64` or `linux/arm/v7` as a value."""
    parts = text.split("/")
    if len(parts) not in (2, 3) or not all(part.isalnum() and part == part.lower() for part in parts):
        raise UsageError(
            f"{text!r} is not a platform", hint="write os/architecture, such as linux/amd64 or linux/arm64"
        )
    return Platform(*parts)


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A blob as manifests speak of it: what it is, its name, and how long it is."""

    media_type: str
    digest: str
    size: int
    platform: Platform | None = None
    annotations: tuple[tuple[str, str], ...] = ()

    @property
    def is_index(self) -> bool:
        return self.media_type in INDEXES

    @property
    def is_document(self) -> bool:
        """Whether it is a manifest or an index: what speaks of other blobs."""
        return self.is_index or self.media_type in MANIFESTS

    def data(self) -> dict[str, object]:
        """As JSON has it."""
        told: dict[str, object] = {"mediaType": self.media_type, "digest": self.digest, "size": self.size}
        if self.platform is not None:
            told["platform"] = self.platform.data()
        if self.annotations:
            told["annotations"] = dict(self.annotations)
        return told


def descriptor_of(media_type: str, data: bytes) -> Descriptor:
    """The descriptor of these very bytes."""
    return Descriptor(media_type, digest_of(data), len(data))


def read_descriptor(document: Document) -> Descriptor:
    """A descriptor that somebody else wrote."""
    try:
        digest = checked_digest(document.text("digest"))
    except UsageError as error:
        raise Malformed(f"{document.what}: {error.message}") from None
    return Descriptor(
        document.text("mediaType"),
        digest,
        document.number("size"),
        _read_platform(document),
        document.pairs("annotations"),
    )


def _read_platform(document: Document) -> Platform | None:
    told = document.part("platform")
    if not told.data:
        return None
    return Platform(told.text("os"), told.text("architecture"), told.text("variant", ""))
