"""Turns what a project says about its base image into an image that is here, with all its layers."""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bigflow._files import write_atomically
from bigflow._http.patience import Cut
from bigflow.containers.blobs import FirstOf
from bigflow.containers.copying import copy
from bigflow.containers.debian import Tool, make_debian
from bigflow.containers.descriptor import Descriptor, Platform
from bigflow.containers.docker_tar import read_tar
from bigflow.containers.documents import parsed
from bigflow.containers.image import Image
from bigflow.containers.index import open_image
from bigflow.containers.layout import Layout
from bigflow.containers.reference import Reference, parse
from bigflow.containers.store import Store
from bigflow.containers.wanted import DEBIAN, LAYOUT, Wanted
from bigflow.errors import OutsideError, UsageError

if TYPE_CHECKING:  # a base that is here needs none
    from bigflow.containers.registry import Registries

_INSTEAD = 'is the network up? where no registry is: image.base = "mmdebstrap:bookworm", or "oci-layout:PATH"'
A_DAY = 86_400.0  # seconds for which a tag names what it named


@dataclass(frozen=True, slots=True)
class Base:
    """A base image that is here. `digest` is what its name stands for: of an index, if that is one."""

    image: Image
    digest: str
    public_name: str  # without anything of this machine; empty if there is no such name
    changes: bool  # its name may stand for something else tomorrow
    note: str = ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where base images are kept on this machine, and how those that are not there are had."""

    store: Store
    registries: "Callable[[], Registries]"
    run: Tool
    now: float  # seconds since 1970
    anew: bool = False  # what names stand for is asked again
    offline: bool = False

    def get(self, wanted: Wanted) -> Base:
        """The base image, from here if it may be, else from where it comes from."""
        known = self._remembered(wanted)
        if known is not None and (self.offline or (not self.anew and self.now - known.when < _good_for(wanted))):
            return self._opened(wanted, known.root)
        if self.offline and wanted.kind in ("registry", "debian"):
            raise OutsideError(
                f"the base image {wanted.name} is not on this machine, and this build may not use the network",
                hint="leave out --offline once; what was brought here then stays here",
            )
        try:
            root = self._brought(wanted)
        except Cut as error:
            if known is None or self.anew:
                raise OutsideError(
                    f"the base image {wanted.name} cannot be had: {error.message}", hint=_INSTEAD
                ) from None
            why = f"{error.message}: {wanted.name} is taken to be what it was, {known.root.digest}"
            return self._opened(wanted, known.root, why)
        write_atomically(self._memory(wanted), json.dumps({**root.data(), "when": self.now}))
        return self._opened(wanted, root)

    def _opened(self, wanted: Wanted, root: Descriptor, note: str = "") -> Base:
        image = open_image(root, self.store, wanted.platform)
        changes = wanted.kind == "registry" and not parse(wanted.name).digest
        return Base(image, root.digest, _public_name(wanted), changes, note)

    def _brought(self, wanted: Wanted) -> Descriptor:
        if wanted.kind == "registry":
            return self._pulled(parse(wanted.name), wanted.platform)
        if wanted.kind == "debian":
            return make_debian(wanted.name.removeprefix(DEBIAN), wanted.platform, self.store, self.run).descriptor
        if not os.path.exists(wanted.path):
            raise UsageError(f"the base image {wanted.name} is not there", where=wanted.path)
        if wanted.kind == "archive":
            return read_tar(wanted.path, self.store, wanted.platform).descriptor
        layout = Layout(wanted.path)
        root = layout.root(wanted.name.removeprefix(LAYOUT).partition(":")[2])
        copy(open_image(root, layout.store, wanted.platform).descriptor, layout.store, self.store)
        self.store.take(root, layout.store)
        return root

    def _pulled(self, reference: Reference, platform: Platform) -> Descriptor:
        repository = self.registries().readable(reference)
        root = repository.resolve()
        source = FirstOf(self.store, repository)
        copy(open_image(root, source, platform).descriptor, source, self.store)
        self.store.take(root, repository)
        return root

    def _remembered(self, wanted: Wanted) -> "_Known | None":
        """What the name stood for, if that is here with all its layers."""
        with contextlib.suppress(OSError, OutsideError, UsageError, ValueError):
            with open(self._memory(wanted), "rb") as file:
                told = parsed(file.read(), "what is remembered of a base")
            root = Descriptor(told.text("mediaType"), told.text("digest"), told.number("size"))
            image = open_image(root, self.store, wanted.platform)
            if all(self.store.has(layer.blob) for layer in image.layers):
                return _Known(root, float(str(told.data["when"])))
        return None

    def _memory(self, wanted: Wanted) -> str:
        place = os.path.abspath(wanted.path) if wanted.path else ""
        key = "\0".join((wanted.name, str(wanted.platform), place, wanted.state))
        return os.path.join(self.store.folder, "bases", f"{hashlib.sha256(key.encode()).hexdigest()}.json")


@dataclass(frozen=True, slots=True)
class _Known:
    root: Descriptor
    when: float


def _good_for(wanted: Wanted) -> float:
    """A tag counts for a day. What is named by digest, lies on this disk or was made here is what it is."""
    return A_DAY if wanted.kind == "registry" and not parse(wanted.name).digest else float("inf")


def _public_name(wanted: Wanted) -> str:
    if wanted.kind == "registry":
        reference = parse(wanted.name)
        return f"{reference.name}:{reference.tag}" if reference.tag else reference.name
    return wanted.name if wanted.kind == "debian" else ""
