"""Turns an image that an engine has into one in a store, and one in a store into one that an engine has."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bigflow.containers.blobs import Source
from bigflow.containers.descriptor import Platform
from bigflow.containers.docker_tar import read_tar, write_tar
from bigflow.containers.engine import Engine, Tool
from bigflow.containers.engine_failures import gone_wrong
from bigflow.containers.image import Image, image_of
from bigflow.containers.index import open_image
from bigflow.containers.loopback import serving
from bigflow.containers.reference import parse
from bigflow.containers.store import Store

_TAG = "moving"


@dataclass(frozen=True, slots=True)
class Ferry:
    """The way between an engine and a store: only what the other side lacks is moved.

    An engine that cannot reach our loopback (in a virtual machine, on another host) moves a whole archive instead.
    """

    engine: Engine
    store: Store
    memory: str  # a file: see loopback.serving

    def fetch(self, name: str, platform: Platform, tool: Tool) -> Image:
        """The engine's image of this name, as an OCI image, all of it in the store."""
        with serving(self.store, self.store, self.memory) as registry:
            pushed = self.engine.push(name, str(registry.reference(_TAG)), tool)
            root = registry.pushed(_TAG)
            if registry.failure is not None:
                raise registry.failure
            if root is not None and pushed.ok:
                image = open_image(root, self.store, platform)
            elif registry.reached:
                raise gone_wrong(pushed.stdout, str(self.engine), "the image cannot be taken over")
            else:
                image = self._fetch_archive(name, platform)
        made = image_of(image.configuration, image.layers, image.annotations)
        self.store.put(made.documents)
        return made

    def bring(self, image: Image, source: Source, name: str) -> None:
        """Have the image in the engine, under this name."""
        with serving(self.store, source, self.memory) as registry:
            pulled = self.engine.pull(str(registry.offer(_TAG, image.descriptor)), name)
        if not pulled:
            with self._archive() as path:
                write_tar(image, source, path, parse(name))
                self.engine.load(path)

    def _fetch_archive(self, name: str, platform: Platform) -> Image:
        with self._archive() as path:
            self.engine.save(name, path)
            return read_tar(path, self.store, platform)

    @contextmanager
    def _archive(self) -> Iterator[str]:
        """A place for one, on the disk that has room for images."""
        with self.store.locked(), tempfile.TemporaryDirectory(dir=self.store.folder) as folder:
            yield os.path.join(folder, "image.tar")
