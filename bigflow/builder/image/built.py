"""Turns images, whoever made them, into `.image/`: a layout that every tool reads."""

import glob
import os
from collections.abc import Iterator
from dataclasses import dataclass

from bigflow._files import unwritable
from bigflow.artifacts.artifact import Artifact
from bigflow.builder.image.machine import own_architecture
from bigflow.builder.image.outputs import FOLDER, exports_tar, tag_of, tar_path
from bigflow.builder.step import Done, Project, Work
from bigflow.containers.descriptor import Descriptor
from bigflow.containers.image import Image
from bigflow.containers.index import index_of
from bigflow.containers.layout import Layout
from bigflow.containers.store import Store
from bigflow.drawing.sizes import size
from bigflow.errors import Finding

SBOM = "build/sbom.cdx.json"


@dataclass(frozen=True, slots=True)
class Built:
    """Images for different platforms, all whose blobs the store has."""

    images: tuple[Image, ...]
    store: Store
    base: str = ""  # as the project names it
    base_digest: str = ""
    base_layers: tuple[int, ...] = ()  # for each image, how many of its layers are the base's
    warnings: tuple[Finding, ...] = ()
    good_for: float | None = None


def finish(work: Work, built: Built) -> Done:
    """Put it in its place. What was there before is whole until the very moment when the new one is."""
    project = work.project
    layout = Layout(os.path.join(project.root, FOLDER))
    root = _root(built)
    layout.write(root, built.store, tag_of(project.version))
    archive = tar_path(project) if exports_tar(project, work.wishes) else ""
    _remove_archives(project, keep=archive)
    layout.collect()
    artifact = Artifact(
        "image",
        FOLDER,
        _size(built.images),
        root.digest.removeprefix("sha256:"),
        work.made.version,
        work.made.inputs,
        details=(*_details(built), *((("tar", archive),) if archive else ())),
    )
    return Done(_summary(built, root, artifact.size), (artifact,), built.warnings, built.good_for)


def for_this_machine(images: tuple[Image, ...]) -> Image | None:
    """The one that can be started here."""
    here = ("linux", own_architecture())
    return next((image for image in images if (image.platform.os, image.platform.architecture) == here), None)


def _root(built: Built) -> Descriptor:
    if len(built.images) == 1:
        return built.images[0].descriptor
    index = index_of(built.images)
    built.store.put(index.documents)
    return index.descriptor


def _remove_archives(project: Project, keep: str) -> None:
    """Those of other versions."""
    for path in glob.glob(f"{FOLDER}/image-*.tar", root_dir=project.root):
        if path != keep:
            full = os.path.join(project.root, path)
            try:
                os.unlink(full)
            except OSError as error:
                raise unwritable(full, error) from error


def _size(images: tuple[Image, ...]) -> int:
    """Bytes of all, with layers that several have counted once."""
    layers = {layer.blob.digest: layer.blob.size for image in images for layer in image.layers}
    return sum(layers.values()) + sum(len(data) for image in images for _, data in image.documents)


def _details(built: Built) -> Iterator[tuple[str, str]]:
    yield "platforms", _platforms(built)
    yield "sbom", SBOM
    if built.base:
        yield "base", built.base
        yield "base_digest", built.base_digest
    for number, image in enumerate(built.images):
        base = built.base_layers[number] if built.base_layers else 0
        for layer_number, layer in enumerate(image.layers):
            note = "base" if layer_number < base else layer.note
            yield f"{image.platform} layer {layer_number + 1}", f"{layer.blob.digest} {layer.blob.size} {note}".strip()


def _platforms(built: Built) -> str:
    return ", ".join(str(image.platform) for image in built.images)


def _summary(built: Built, root: Descriptor, total: int) -> str:
    return f"image {root.digest[:11]}.. {_platforms(built)} {size(total)}"
