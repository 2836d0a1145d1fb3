"""Turns an image into a folder that every tool reads (an OCI image layout), and such a folder into an image."""

import os
import tempfile
from dataclasses import dataclass, replace

from bigflow.containers.blobs import Source, read_verified
from bigflow.containers.copying import Copied, Graph, Progress, copy, silent
from bigflow.containers.descriptor import BIGGEST_DOCUMENT, INDEX, Descriptor, Platform
from bigflow.containers.documents import canonical, parsed
from bigflow.containers.image import Image, open_manifest
from bigflow.containers.index import open_image, read_index
from bigflow.containers.store import INCOMING, Store, writing
from bigflow.errors import OutsideError, UsageError

VERSION = canonical({"imageLayoutVersion": "1.0.0"})
NAME = "org.opencontainers.image.ref.name"


@dataclass(frozen=True, slots=True)
class Layout:
    """A folder with an image, or several. What it has is valid at every moment, whatever dies meanwhile."""

    folder: str

    @property
    def store(self) -> Store:
        """Its blobs."""
        return Store(self.folder)

    def write(self, root: Descriptor, source: Source, name: str = "", progress: Progress = silent) -> Copied:
        """Have this image, or index, and speak of no other one. The blobs of the former ones stay until `collect`."""
        store = self.store
        with store.locked():
            copied = copy(root, source, store, progress)
            entry = replace(root, annotations=((NAME, name),) if name else ())
            self._replace("oci-layout", VERSION)
            self._replace("index.json", index_json(entry))
            return copied

    def roots(self) -> tuple[Descriptor, ...]:
        """The images and indexes that it speaks of."""
        if parsed(self._read("oci-layout"), "oci-layout").text("imageLayoutVersion", "") != "1.0.0":
            raise UsageError("this is a layout of an unknown version", where=os.path.join(self.folder, "oci-layout"))
        return read_index(self._read("index.json")).members

    def root(self, name: str = "") -> Descriptor:
        """The image of this name; without one, the only image."""
        roots = self.roots()
        found = [root for root in roots if not name or dict(root.annotations).get(NAME) == name]
        if len(found) == 1:
            return found[0]
        names = ", ".join(sorted(dict(root.annotations).get(NAME, root.digest) for root in roots)) or "none"
        what = f"no image named {name!r}" if name else f"{len(roots)} images" if roots else "no image"
        raise UsageError(f"the folder has {what}", where=self.folder, hint=f"it has: {names}")

    def image(self, platform: Platform, name: str = "") -> Image:
        """The image for a platform."""
        return open_image(self.root(name), self.store, platform)

    def images(self) -> tuple[Image, ...]:
        """The only image, or the images of the only index."""
        root, store = self.root(), self.store
        if not root.is_index:
            return (open_manifest(root, store),)
        members = read_index(read_verified(root, store)).members
        return tuple(open_manifest(member, store) for member in members if not member.is_index)

    def collect(self) -> int:
        """Remove the blobs that no image here consists of; gives the bytes."""
        store = self.store
        return store.sweep(lambda: [digest for root in self.roots() for digest in Graph.read(root, store).digests])

    def _read(self, name: str) -> bytes:
        path = os.path.join(self.folder, name)
        try:
            with open(path, "rb") as file:
                data = file.read(BIGGEST_DOCUMENT + 1)
        except OSError as error:
            hint = "it is not the folder of an image, or nothing was built yet: bigflow build-image"
            raise UsageError(f"{name} cannot be read: {error.strerror}", where=self.folder, hint=hint) from None
        if len(data) > BIGGEST_DOCUMENT:
            raise OutsideError(f"{name} has more than {BIGGEST_DOCUMENT} bytes", where=path)
        return data

    def _replace(self, name: str, data: bytes) -> None:
        """The old or the new, never a part."""
        with writing(self.folder):
            descriptor, path = tempfile.mkstemp(dir=self.folder, prefix=INCOMING)
            try:
                with open(descriptor, "wb") as file:
                    file.write(data)
                os.chmod(path, 0o644)
                os.replace(path, os.path.join(self.folder, name))
            except BaseException:
                os.unlink(path)
                raise


def index_json(*entries: Descriptor) -> bytes:
    """The list of what a layout has."""
    return canonical({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry.data() for entry in entries]})
