"""Turns a bundle as it lies there into where its files, its manifest, its script and the wheel in `dist/` disagree."""

import os
from collections.abc import Iterator

from bigflow._files import sha256_of
from bigflow.artifacts.artifact import Part, parts_of
from bigflow.artifacts.emr_bundle import FILE, EmrBundle
from bigflow.artifacts.manifest import Manifest
from bigflow.builder.emr.places import UPLOAD
from bigflow.builder.emr.upload_script import upload_script
from bigflow.errors import BigflowError, Finding

_AGAIN = "bigflow build --target emr"


def disagreements(root: str, folder: str, manifest: Manifest) -> Iterator[Finding]:
    """Nothing, as long as nobody has changed anything by hand. `manifest` is that of the build."""
    try:
        with open(os.path.join(root, folder, FILE), "rb") as file:
            content = file.read()
        bundle = EmrBundle.parse(content, os.path.join(folder, FILE))
    except FileNotFoundError:
        yield Finding(f"there is no {folder}/{FILE}", hint=_AGAIN)
        return
    except BigflowError as error:
        yield from error.findings
        return
    parts = {part.path: part for part in parts_of(os.path.join(root, folder))}
    told = {part.path: part for part in bundle.files}
    for path in sorted({*parts, *told} - {FILE, UPLOAD}):
        if parts.get(path) != told.get(path):
            yield Finding(f"{FILE} says something else than {folder}/{path} is", f"{folder}/{FILE}", _AGAIN)
    if bundle.to_json().encode() != content:
        yield Finding(f"{FILE} is not as it is made from its files", f"{folder}/{FILE}", _AGAIN)
    yield from _wheel(root, parts.get(bundle.wheel), manifest)
    yield from _script(root, folder, bundle, parts)


def _wheel(root: str, bundled: Part | None, manifest: Manifest) -> Iterator[Finding]:
    for wheel in manifest.of_kind("wheel"):
        place = os.path.join(root, wheel.path)
        if os.path.isfile(place) and (bundled is None or sha256_of(place) != bundled.sha256):
            yield Finding(f"the bundle's wheel is not {wheel.path}", wheel.path, _AGAIN)


def _script(root: str, folder: str, bundle: EmrBundle, parts: dict[str, Part]) -> Iterator[Finding]:
    place = os.path.join(folder, UPLOAD)
    try:
        with open(os.path.join(root, place), encoding="utf-8", errors="replace") as file:
            there = file.read()
    except FileNotFoundError:
        there = ""
    if there != upload_script(bundle, parts[FILE]):
        yield Finding(f"{UPLOAD} is not as it is made from {FILE}", place, _AGAIN)
