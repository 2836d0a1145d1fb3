"""Turns what a build left in a project into an image that an engine has."""

import os
import zipfile
from collections.abc import Iterator
from typing import NamedTuple
from zlib import crc32

from bigflow._files import files_below
from bigflow.artifacts.artifact import Artifact
from bigflow.artifacts.manifest import PATH, read_manifest
from bigflow.containers.descriptor import LINUX_AMD64, Descriptor, Platform
from bigflow.containers.engine import Engine
from bigflow.containers.ferry import Ferry
from bigflow.containers.image import Image
from bigflow.containers.index import NoSuchPlatform, open_image
from bigflow.containers.layout import Layout
from bigflow.containers.store import Store
from bigflow.errors import UsageError

_BUILD = "bigflow build"
_RESOURCES = "resources"


class BuiltImage(NamedTuple):
    """What a build left in a project."""

    root: str
    project: str
    artifact: Artifact


def image_in(engine: Engine, built: BuiltImage, cache: str) -> str:
    """The name under which the engine has the image. It is brought there when it is not."""
    artifact = built.artifact
    layout = Layout(os.path.join(built.root, artifact.path))
    repository = f"localhost/bigflow/{built.project.lower()}"
    name = f"{repository}:{artifact.sha256[:12]}"
    if not engine.has(name):
        image = _image(layout, f"sha256:{artifact.sha256}", engine.platform)
        ferry = Ferry(engine, Store(os.path.join(cache, "blobs")), os.path.join(cache, "loopback.json"))
        ferry.bring(image, layout.store, name)
        for other in engine.names(repository):
            if other != name:  # that of a former build
                engine.remove_image(other)
    return name


def version_of_image(root: str) -> str:
    """The version that was built last; nothing when nothing was built."""
    manifest = read_manifest(os.path.join(root, PATH))
    return next((image.version for image in manifest.of_kind("image")), "") if manifest else ""


def older_than_sources(root: str) -> str:
    """A source file that is not in the built wheel as it is now; nothing when there is none, or nothing was built."""
    manifest = read_manifest(os.path.join(root, PATH))
    wheels = manifest.of_variant("").of_kind("wheel") if manifest else ()
    if manifest is None or not wheels:
        return ""
    try:
        with zipfile.ZipFile(os.path.join(root, wheels[0].path)) as wheel:
            packed = {entry.filename: entry.CRC for entry in wheel.infolist()}
    except (OSError, zipfile.BadZipFile):
        return wheels[0].path
    return next((path for path, name in _sources(root, manifest.package) if packed.get(name) != _crc(root, path)), "")


def built_image(root: str) -> BuiltImage:
    """The image that was built last."""
    manifest = read_manifest(os.path.join(root, PATH))
    images = manifest.of_variant("").of_kind("image") if manifest else ()
    if manifest is None or not images:
        raise UsageError("there is no image of this project yet", where=PATH, hint=_BUILD)
    return BuiltImage(root, manifest.project, images[0])


def _image(layout: Layout, digest: str, platform: Platform) -> Image:
    """The one for the engine's platform; else one that engines can mostly run, too."""
    root = _root(layout, digest)
    try:
        return open_image(root, layout.store, platform)
    except NoSuchPlatform:
        return open_image(root, layout.store, LINUX_AMD64)


def _root(layout: Layout, digest: str) -> Descriptor:
    for root in layout.roots():
        if root.digest == digest:
            return root
    raise UsageError(f"{layout.folder} is not the image that {PATH} speaks of", where=layout.folder, hint=_BUILD)


def _sources(root: str, package: str) -> Iterator[tuple[str, str]]:
    """Each source file, and its name in the wheel."""
    for file in files_below(os.path.join(root, package)):
        if file.endswith(".py"):
            yield f"{package}/{file}", f"{package}/{file}"
    for file in files_below(os.path.join(root, _RESOURCES)):
        yield f"{_RESOURCES}/{file}", f"{package}/{_RESOURCES}/{file}"


def _crc(root: str, path: str) -> int:
    with open(os.path.join(root, path), "rb") as file:
        return crc32(file.read())
