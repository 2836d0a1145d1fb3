"""Turns what a build left in the folder of a variant into outputs of the project, in places that bear its name."""

import contextlib
import os
from collections.abc import Iterable
from dataclasses import replace

from bigflow._files import files_below, unwritable, write_atomically
from bigflow.artifacts.artifact import Artifact
from bigflow.artifacts.manifest import PATH, Manifest, read_manifest
from bigflow.builder.manifest_file import write_manifest
from bigflow.errors import BigflowError
from bigflow.project.layout import read_bytes
from bigflow.project.variant_folder import Laid, bring, bring_back_lock

PLACE = "build/variants"  # a folder for each variant, with all that is not in `dist/`
_WHEELS = "dist"
_PLACES = {"build": "", ".image": "image", ".dags": "dags", "build_output": "build_output"}
_PATHS = ("sbom", "tar")  # details of artifacts that are paths, too
CHECKSUMS = "build/SHA256SUMS"


def as_published(artifacts: Iterable[Artifact], laid: Laid) -> tuple[Artifact, ...]:
    """The artifacts of the variant's folder as those of the project."""
    name = laid.variant.name
    return tuple(
        replace(
            artifact,
            path=published_path(artifact.path, name),
            details=tuple(
                (key, published_path(value, name) if key in _PATHS else value) for key, value in artifact.details
            ),
            variant=name,
        )
        for artifact in artifacts
    )


def published_path(path: str, variant: str) -> str:
    """Where a file or folder of the variant's folder lies in the project. Wheels bear the variant in their version."""
    top, _, rest = path.partition("/")
    if top == _WHEELS:
        return path
    return os.path.normpath(os.path.join(PLACE, variant, _PLACES.get(top, top), rest))


def publish(laid: Laid) -> None:
    """Have it all in the project, as second names of the same files; what lay there of an older build goes."""
    try:
        before = _manifest(laid.tree)
        present = {published_path(path, laid.variant.name): path for path in _outputs(laid.folder)}
        for place, path in present.items():
            bring(os.path.join(laid.folder, path), os.path.join(laid.tree, place), linked=True)
        _write_checksums(laid)
        _remove_older(laid, present.keys(), before)
    except OSError as error:
        raise unwritable(error.filename2 or error.filename or laid.tree, error) from error
    made = read_manifest(os.path.join(laid.folder, PATH))
    if made is not None:
        version = laid.variant.unmarked(made.version)
        published = replace(made, version=version, artifacts=as_published(made.artifacts, laid))
        write_manifest(laid.tree, published, laid.variant.name)
    bring_back_lock(laid)


def _manifest(root: str) -> Manifest | None:
    with contextlib.suppress(BigflowError):  # a damaged one is written anew
        return read_manifest(os.path.join(root, PATH))
    return None


def _write_checksums(laid: Laid) -> None:
    """The list has paths, which are others here."""
    place = os.path.join(laid.tree, published_path(CHECKSUMS, laid.variant.name))
    lines = read_bytes(os.path.join(laid.folder, CHECKSUMS)).decode("utf-8", "surrogateescape").splitlines()
    pairs = [line.split("  ", 1) for line in lines]
    told = "".join(f"{sha256}  {published_path(path, laid.variant.name)}\n" for sha256, path in pairs)
    if told.encode("utf-8", "surrogateescape") != read_bytes(place):
        write_atomically(place, told)


def _outputs(folder: str) -> Iterable[str]:
    for top in (_WHEELS, *_PLACES):
        for path in files_below(os.path.join(folder, top)):
            if os.path.join(top, path) not in (PATH, CHECKSUMS):
                yield os.path.join(top, path)


def _remove_older(laid: Laid, present: Iterable[str], before: Manifest | None) -> None:
    """What is in the variant's own folder, and its wheels, which the manifest knows."""
    own = os.path.join(PLACE, laid.variant.name)
    present = {*present, os.path.join(own, os.path.basename(CHECKSUMS))}
    older = {os.path.join(own, path) for path in files_below(os.path.join(laid.tree, own))}
    if before is not None:
        older |= {wheel.path for wheel in before.of_kind("wheel") if wheel.variant == laid.variant.name}
    for path in older - present:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(laid.tree, path))
