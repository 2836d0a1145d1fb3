"""Turns a base and changes into an image: a value made of two documents, computed without registry or engine."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeAlias

from bigflow.containers.blobs import Source, read_verified
from bigflow.containers.descriptor import (
    CONFIG,
    LAYER,
    MANIFEST,
    MANIFESTS,
    OCI_NAME,
    Descriptor,
    Platform,
    descriptor_of,
    read_descriptor,
)
from bigflow.containers.digest import checked_digest
from bigflow.containers.documents import Document, Malformed, canonical, parsed
from bigflow.errors import UsageError

_Json: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: its blob, the digest of the tar inside, and a word on how it was made."""

    blob: Descriptor
    diff_id: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a container of the image starts. What a base says beyond this (health check, ports) stays as it is."""

    env: tuple[tuple[str, str], ...] = ()
    user: str = ""
    workdir: str = ""
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()

    def with_env(self, **variables: str) -> "Settings":
        """With these variables over those that there are; each keeps its place."""
        return replace(self, env=tuple((dict(self.env) | variables).items()))

    def with_labels(self, labels: Mapping[str, str]) -> "Settings":
        return replace(self, labels=tuple(sorted((dict(self.labels) | dict(labels)).items())))


@dataclass(frozen=True, slots=True)
class Image:
    """An image. Its digest is that of the very bytes of its manifest, so an image that is only read keeps it."""

    manifest: bytes
    configuration: bytes
    media_type: str
    platform: Platform
    settings: Settings
    layers: tuple[Layer, ...]
    annotations: tuple[tuple[str, str], ...] = ()

    @property
    def descriptor(self) -> Descriptor:
        return replace(descriptor_of(self.media_type, self.manifest), platform=self.platform)

    @property
    def digest(self) -> str:
        return self.descriptor.digest

    @property
    def size(self) -> int:
        """Bytes of all that a registry holds of it."""
        return len(self.manifest) + len(self.configuration) + sum(layer.blob.size for layer in self.layers)

    @property
    def documents(self) -> tuple[tuple[Descriptor, bytes], ...]:
        """The blobs that are not layers: the configuration, then the manifest."""
        config = read_descriptor(parsed(self.manifest, "the manifest").part("config"))
        return (config, self.configuration), (self.descriptor, self.manifest)

    def with_layers(self, *layers: Layer) -> "Image":
        """With more layers on top."""
        config = _loaded(self.configuration)
        config["history"] = [
            *_full_history(config, len(self.layers)),
            *({"created_by": layer.note} for layer in layers),
        ]
        everything = (*self.layers, *layers)
        config["rootfs"] = {"type": "layers", "diff_ids": [layer.diff_id for layer in everything]}
        return _made(config, everything, self.annotations)

    def with_settings(self, settings: Settings) -> "Image":
        """With other settings."""
        config = _loaded(self.configuration)
        before = config.get("config")
        config["config"] = _settings_over(dict(before) if isinstance(before, dict) else {}, settings)
        return _made(config, self.layers, self.annotations)

    def with_annotations(self, annotations: Mapping[str, str]) -> "Image":
        """With more annotations on its manifest."""
        together = dict(self.annotations) | dict(annotations)
        return _made(_loaded(self.configuration), self.layers, tuple(sorted(together.items())))

    def created_at(self, seconds: int) -> "Image":
        """With the one time that it carries: that of its sources."""
        created = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return _made(_loaded(self.configuration) | {"created": created}, self.layers, self.annotations)


def scratch(platform: Platform) -> Image:
    """The image with nothing in it."""
    return _made({**platform.data(), "rootfs": {"type": "layers", "diff_ids": []}}, (), ())


def image_of(configuration: bytes, layers: Iterable[Layer], annotations: tuple[tuple[str, str], ...] = ()) -> Image:
    """The image of this configuration and these layers. It is always an OCI image, whatever the layers come from."""
    blobs = [replace(layer.blob, media_type=OCI_NAME[layer.blob.media_type], platform=None) for layer in layers]
    manifest: _Json = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor_of(CONFIG, configuration).data(),
        "layers": [blob.data() for blob in blobs],
    }
    if annotations:
        manifest["annotations"] = dict(annotations)
    return read_image(canonical(manifest), configuration)


def read_image(manifest: bytes, configuration: bytes) -> Image:
    """The image that these two documents, already verified, are."""
    told = parsed(manifest, "the manifest")
    media_type = _manifest_type(told)
    config = parsed(configuration, "the image configuration")
    platform = Platform(config.text("os"), config.text("architecture"), config.text("variant", ""))
    return Image(
        manifest,
        configuration,
        media_type,
        platform,
        _read_settings(config.part("config")),
        _read_layers(told, config),
        told.pairs("annotations"),
    )


def open_manifest(blob: Descriptor, source: Source) -> Image:
    """The image whose manifest is this blob."""
    manifest = read_verified(blob, source)
    told = parsed(manifest, "the manifest")
    _manifest_type(told)
    return read_image(manifest, read_verified(_read_config(told), source))


def _manifest_type(told: Document) -> str:
    media_type = told.text("mediaType", MANIFEST)
    if media_type not in MANIFESTS or told.number("schemaVersion") != 2:
        raise Malformed(f"{media_type!r}, schema {told.data.get('schemaVersion')}, is no manifest of an image")
    return media_type


def _read_config(told: Document) -> Descriptor:
    config = read_descriptor(told.part("config"))
    if OCI_NAME.get(config.media_type) != CONFIG:
        raise Malformed(f"it is an artifact ({config.media_type}), not the image of a container")
    return config


def _read_layers(told: Document, config: Document) -> tuple[Layer, ...]:
    blobs = [read_descriptor(layer) for layer in told.parts("layers")]
    for blob in blobs:
        if not OCI_NAME.get(blob.media_type, "").startswith(LAYER):
            raise Malformed(f"a layer of the type {blob.media_type} cannot be used", hint="use another base image")
    try:
        diff_ids = [checked_digest(text) for text in config.part("rootfs").texts("diff_ids")]
    except UsageError as error:
        raise Malformed(f"the image configuration: {error.message}") from None
    if len(diff_ids) != len(blobs):
        raise Malformed(f"the manifest has {len(blobs)} layers, the image configuration {len(diff_ids)}")
    made = [step.text("created_by", "") for step in config.parts("history") if step.data.get("empty_layer") is not True]
    notes = made if len(made) == len(blobs) else [""] * len(blobs)
    return tuple(Layer(*parts) for parts in zip(blobs, diff_ids, notes, strict=True))


def _read_settings(told: Document) -> Settings:
    variables = (text.partition("=") for text in told.texts("Env"))
    return Settings(
        env=tuple((name, value) for name, _, value in variables),
        user=told.text("User", ""),
        workdir=told.text("WorkingDir", ""),
        entrypoint=told.texts("Entrypoint"),
        command=told.texts("Cmd"),
        labels=told.pairs("Labels"),
    )


def _settings_over(before: _Json, settings: Settings) -> _Json:
    ours: _Json = {
        "Env": [f"{name}={value}" for name, value in settings.env],
        "User": settings.user,
        "WorkingDir": settings.workdir,
        "Entrypoint": list(settings.entrypoint),
        "Cmd": list(settings.command),
        "Labels": dict(settings.labels),
    }
    return {name: value for name, value in (before | ours).items() if name not in ours or value}


def _full_history(config: _Json, layers: int) -> list[object]:
    """A history with a step for each layer, because readers count them: as it is, or of nameless steps."""
    history = config.get("history")
    steps = list(history) if isinstance(history, list) else []
    filling = [step for step in steps if isinstance(step, dict) and step.get("empty_layer") is not True]
    return steps if len(filling) == layers else [{} for _ in range(layers)]


def _loaded(configuration: bytes) -> _Json:
    return dict(json.loads(configuration))


def _made(config: _Json, layers: tuple[Layer, ...], annotations: tuple[tuple[str, str], ...]) -> Image:
    return image_of(canonical(config), layers, annotations)
