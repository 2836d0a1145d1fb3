"""Gives the tests of containers a store, small images, and a registry that goes wrong on command."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.flawed_registry import FlawedRegistry, flawed_registry

from bigflow.containers.descriptor import LINUX_AMD64, Platform
from bigflow.containers.image import Image, Settings, scratch
from bigflow.containers.layer import Entry, write_layer
from bigflow.containers.store import Store

ImageMaker = Callable[..., Image]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


@pytest.fixture
def image_of(store: Store) -> ImageMaker:
    """Makes an image with one layer for each content, and puts all of it into the store."""

    def make(*contents: bytes, platform: Platform = LINUX_AMD64) -> Image:
        image = scratch(platform)
        for number, content in enumerate(contents):
            image = image.with_layers(write_layer([Entry(f"file{number}", content=content)], store, note=f"{number}"))
        image = image.with_settings(Settings(user="1000", workdir="/home").with_env(A="b")).created_at(1_700_000_000)
        store.put(image.documents)
        return image

    return make


@pytest.fixture
def small(image_of: ImageMaker) -> Image:
    return image_of(b"below", b"above")


@pytest.fixture
def large(image_of: ImageMaker) -> Image:
    """One layer of more than what an upload sends in one go; it cannot be compressed."""
    return image_of(os.urandom(3 << 20))


@pytest.fixture
def flawed() -> Iterator[FlawedRegistry]:
    with flawed_registry() as registry:
        yield registry
