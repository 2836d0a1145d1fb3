"""Turns an image or an index, wherever it lies, into the list of everything that is wrong with it."""

from collections.abc import Iterator

from bigflow.containers.blobs import Source, read_verified
from bigflow.containers.descriptor import Descriptor
from bigflow.containers.image import Image, Layer, open_manifest
from bigflow.containers.index import UNKNOWN, read_index
from bigflow.containers.inflating import inflated
from bigflow.errors import BigflowError


def problems(root: Descriptor, source: Source) -> tuple[str, ...]:
    """What is wrong; nothing if every digest, size and diff id is right and the documents agree with each other."""
    return tuple(_problems(root, source))


def _problems(root: Descriptor, source: Source) -> Iterator[str]:
    try:
        if not root.is_index:
            image = open_manifest(root, source)
            yield from _of_image(image, root)
            for layer in image.layers:
                yield from _of_layer(layer, source)
            return
        members = read_index(read_verified(root, source)).members
    except BigflowError as error:
        yield f"{root.digest}: {error.message}"
        return
    for member in members:
        if member.platform is None or member.platform.os != UNKNOWN:
            yield from _problems(member, source)


def _of_image(image: Image, root: Descriptor) -> Iterator[str]:
    """The platform that an index promises is that of the configuration."""
    if root.platform and not (root.platform.takes(image.platform) or image.platform.takes(root.platform)):
        yield f"{root.digest}: it is announced for {root.platform}, and is for {image.platform}"


def _of_layer(layer: Layer, source: Source) -> Iterator[str]:
    try:
        for _ in inflated(layer, source):
            pass
    except BigflowError as error:
        yield f"{layer.blob.digest}: {error.message}"
