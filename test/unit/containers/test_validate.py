"""What validation finds: damage of every kind, each named by its blob."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from bigflow.containers.descriptor import INDEX, LAYER_ZSTD, Platform
from bigflow.containers.documents import canonical
from bigflow.containers.image import Image, image_of
from bigflow.containers.store import Store
from bigflow.containers.validate import problems


def test_a_right_image_has_no_problems(store: Store, small: Image) -> None:
    assert problems(small.descriptor, store) == ()


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data + b"x", lambda data: b"\0" * len(data)])
@pytest.mark.parametrize("which", ["config", "layer", "manifest"])
def test_damage_is_found_and_named(store: Store, small: Image, damage, which: str) -> None:
    (config, _), (manifest, _) = small.documents
    blob = {"config": config, "layer": small.layers[0].blob, "manifest": manifest}[which]
    path = Path(store.path(blob.digest))
    path.chmod(0o644)
    path.write_bytes(damage(path.read_bytes()))
    (problem,) = problems(small.descriptor, store)
    assert blob.digest in problem


def test_a_blob_that_is_gone(store: Store, small: Image) -> None:
    os.unlink(store.path(small.layers[1].blob.digest))
    (problem,) = problems(small.descriptor, store)
    assert small.layers[1].blob.digest in problem


def test_a_configuration_with_other_diff_ids(store: Store, small: Image) -> None:
    first, second = small.layers
    config = json.loads(small.configuration)
    config["rootfs"]["diff_ids"].reverse()
    lying = image_of(canonical(config), [first, second])
    store.put(lying.documents)
    assert len(problems(lying.descriptor, store)) == 2


def test_a_layer_that_cannot_be_looked_into_is_not_called_right(store: Store, small: Image) -> None:
    layers = [replace(layer, blob=replace(layer.blob, media_type=LAYER_ZSTD)) for layer in small.layers]
    image = image_of(small.configuration, layers)
    store.put(image.documents)
    assert all("zstd" in problem for problem in problems(image.descriptor, store))
    assert len(problems(image.descriptor, store)) == 2


def test_a_member_that_is_for_another_platform_than_announced(store: Store, small: Image) -> None:
    lying = replace(small.descriptor, platform=Platform("linux", "s390x"))
    root = store.add(INDEX, canonical({"schemaVersion": 2, "manifests": [lying.data()]}))
    (problem,) = problems(root, store)
    assert "announced for linux/s390x" in problem
