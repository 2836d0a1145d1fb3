"""Turns what decides about a layer into the layer, which is made once on this machine."""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass

from bigflow._files import write_atomically
from bigflow.containers.descriptor import LAYER_GZIP, Descriptor
from bigflow.containers.image import Layer
from bigflow.containers.store import Store

_FORM = "1"  # of what we put into layers: another form is another layer


@dataclass(frozen=True, slots=True)
class KeptLayers:
    """Notes in a folder of the cache about layers whose blobs its store has."""

    store: Store

    def layer(self, name: str, inputs: tuple[str, ...], make: Callable[[], Layer]) -> Layer:
        """As it was made from the same inputs before; made now if it never was, or is gone."""
        text = "".join(f"{len(part)}\0{part}" for part in (_FORM, name, *inputs))
        key = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
        path = os.path.join(self.store.folder, "layers", f"{key}.json")
        known = _read(path)
        if known is not None and self.store.has(known.blob):
            return known
        made = make()
        told = {"digest": made.blob.digest, "size": made.blob.size, "diff_id": made.diff_id, "note": made.note}
        write_atomically(path, json.dumps(told))
        return made


def _read(path: str) -> Layer | None:
    try:
        with open(path, encoding="utf-8") as file:
            told = json.load(file)
        return Layer(Descriptor(LAYER_GZIP, told["digest"], int(told["size"])), told["diff_id"], told["note"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
