"""Turns what one build left into entries of `build/manifest.json`, beside those of the project's other variants."""

import contextlib
import os
from dataclasses import replace

from bigflow._files import locked, write_atomically
from bigflow.artifacts.manifest import PATH, Manifest, read_manifest
from bigflow.errors import BigflowError

_LOCK = ".bigflow/manifest.lock"


def write_manifest(root: str, manifest: Manifest, variant: str = "") -> None:
    """In the place of its older entries. The version at the top is that of the project as such, if that was built."""
    path = os.path.join(root, PATH)
    with locked(os.path.join(root, _LOCK), lambda holder: None):
        there = _readable(path)
        others = tuple(one for one in there.artifacts if one.variant != variant) if there else ()
        if variant and there and "" in there.variants:
            manifest = replace(manifest, version=there.version, commit=there.commit)
        write_atomically(path, replace(manifest, artifacts=(*manifest.artifacts, *others)).to_json())


def _readable(path: str) -> Manifest | None:
    with contextlib.suppress(BigflowError):  # a damaged one is written anew
        return read_manifest(path)
    return None
