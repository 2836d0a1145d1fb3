"""Images as values: what changes make of them, what is kept, and what is refused."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.containers.descriptor import (
    DOCKER_MANIFEST,
    INDEX,
    LAYER_GZIP,
    LINUX_AMD64,
    MANIFEST,
    Descriptor,
    Platform,
    descriptor_of,
)
from bigflow.containers.documents import Malformed, canonical
from bigflow.containers.image import Image, Layer, Settings, image_of, read_image, scratch
from bigflow.containers.index import NoSuchPlatform, index_of, open_image, read_index
from bigflow.containers.store import Store
from bigflow.errors import UsageError

ARM = Platform("linux", "arm64")


def layer(number: int, kind: str = LAYER_GZIP) -> Layer:
    return Layer(
        Descriptor(kind, f"sha256:{number:064x}", number + 1), f"sha256:{number + 1000:064x}", f"step {number}"
    )


def config_of(image: Image) -> dict[str, dict[str, object]]:
    return dict(json.loads(image.configuration))


def docker_image(config: dict[str, object]) -> Image:
    """As docker's registries have them: other types, and more in the configuration than we know."""
    configuration = json.dumps({"os": "linux", "architecture": "amd64", **config}, indent=3).encode()
    kind = "application/vnd.docker.container.image.v1+json"
    blob = replace(layer(1).blob, media_type="application/vnd.docker.image.rootfs.diff.tar.gzip")
    manifest = {
        "schemaVersion": 2,
        "mediaType": DOCKER_MANIFEST,
        "config": descriptor_of(kind, configuration).data(),
        "layers": [blob.data()],
    }
    return read_image(json.dumps(manifest, indent=1).encode(), configuration)


ROOTFS = {"rootfs": {"type": "layers", "diff_ids": [layer(1).diff_id]}}

SETTINGS = st.builds(
    Settings,
    env=st.dictionaries(st.from_regex(r"[A-Z_]{1,5}", fullmatch=True), st.text(max_size=9)).map(
        lambda e: tuple(e.items())
    ),
    user=st.sampled_from(["", "1000", "a:b"]),
    workdir=st.sampled_from(["", "/x"]),
    entrypoint=st.lists(st.text(max_size=5), max_size=3).map(tuple),
    command=st.lists(st.text(max_size=5), max_size=3).map(tuple),
    labels=st.dictionaries(st.text(max_size=5), st.text(max_size=5)).map(lambda e: tuple(sorted(e.items()))),
)


@given(SETTINGS)
def test_settings_are_read_as_they_were_set(settings: Settings) -> None:
    assert scratch(LINUX_AMD64).with_settings(settings).settings == settings


@given(SETTINGS, SETTINGS)
def test_an_image_does_not_remember_what_it_was(first: Settings, second: Settings) -> None:
    image = scratch(LINUX_AMD64)
    assert image.with_settings(first).with_settings(second) == image.with_settings(second)


def test_layers_come_on_top_and_have_a_step_of_the_history_each() -> None:
    below = scratch(LINUX_AMD64).with_layers(layer(1), layer(2))
    image = below.with_layers(layer(3))
    assert image.layers == (layer(1), layer(2), layer(3))
    assert config_of(image)["history"] == [{"created_by": f"step {n}"} for n in (1, 2, 3)]
    assert below.layers == (layer(1), layer(2))


def test_the_digest_is_that_of_the_manifest_which_names_the_configuration() -> None:
    image = scratch(LINUX_AMD64).with_layers(layer(1))
    (config, config_data), (manifest, data) = image.documents
    assert manifest.digest == image.digest
    assert json.loads(data)["config"] == descriptor_of(config.media_type, config_data).data()
    assert image.size == len(data) + len(config_data) + layer(1).blob.size


def test_an_image_that_is_only_read_keeps_its_bytes() -> None:
    image = docker_image(ROOTFS)
    assert image.media_type == DOCKER_MANIFEST
    assert b"\n" in image.manifest


def test_a_changed_docker_image_becomes_an_oci_image_with_the_same_blobs() -> None:
    base = docker_image({**ROOTFS, "config": {"Healthcheck": {"Test": ["x"]}, "Cmd": ["sh"]}, "docker_version": "20"})
    image = base.with_layers(layer(2)).with_settings(Settings(user="1"))
    assert image.media_type == MANIFEST
    assert [each.blob.digest for each in image.layers] == [layer(1).blob.digest, layer(2).blob.digest]
    assert {each.blob.media_type for each in image.layers} == {LAYER_GZIP}
    assert config_of(image)["config"] == {"Healthcheck": {"Test": ["x"]}, "User": "1"}
    assert config_of(image)["docker_version"] == "20"


@pytest.mark.parametrize("history", [None, [], [{"created_by": "a"}, {"created_by": "b"}], [{"empty_layer": True}]])
def test_a_base_whose_history_is_absent_or_wrong_gets_one_that_counts_right(history: object) -> None:
    image = docker_image({**ROOTFS, "history": history}).with_layers(layer(2))
    assert config_of(image)["history"] == [{}, {"created_by": "step 2"}]


def test_steps_without_a_layer_stay_in_the_history() -> None:
    steps = [{"created_by": "a"}, {"created_by": "ENV", "empty_layer": True}]
    image = docker_image({**ROOTFS, "history": steps}).with_layers(layer(2))
    assert config_of(image)["history"] == [*steps, {"created_by": "step 2"}]
    assert [each.note for each in image.layers] == ["a", "step 2"]


def test_the_only_time_is_the_one_that_is_given() -> None:
    image = scratch(LINUX_AMD64).with_layers(layer(1)).created_at(1_700_000_000)
    assert config_of(image)["created"] == "2023-11-14T22:13:20Z"
    assert "created" not in config_of(scratch(LINUX_AMD64))


def test_annotations_stay_when_other_things_change() -> None:
    image = scratch(LINUX_AMD64).with_annotations({"b": "1"}).with_annotations({"a": "2"}).with_layers(layer(1))
    assert json.loads(image.manifest)["annotations"] == {"a": "2", "b": "1"}


def test_variables_keep_their_place() -> None:
    settings = Settings(env=(("PATH", "/bin"), ("A", "1"))).with_env(PATH="/x", B="2")
    assert settings.env == (("PATH", "/x"), ("A", "1"), ("B", "2"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"schemaVersion": 1}, "schema 1"),
        ({"mediaType": INDEX}, "no manifest"),
        ({"layers": []}, "0 layers"),
        ({"layers": [{**layer(1).blob.data(), "digest": "sha256:../x"}]}, "digest"),
        ({"layers": [{**layer(1).blob.data(), "size": -1}]}, "size"),
        ({"layers": [{**layer(1).blob.data(), "mediaType": "application/x.foreign"}]}, "application/x.foreign"),
        ({"layers": {}}, "layers"),
        ({"layers": [1]}, "layers"),
    ],
)
def test_manifests_that_are_none(change: dict[str, object], told: str) -> None:
    image = scratch(LINUX_AMD64).with_layers(layer(1))
    with pytest.raises(Malformed, match=told):
        read_image(canonical({**json.loads(image.manifest), **change}), image.configuration)


@pytest.mark.parametrize(
    "change",
    [{"os": None}, {"rootfs": None}, {"rootfs": {"diff_ids": ["x"]}}, {"config": []}, {"config": {"Env": [1]}}],
)
def test_configurations_that_are_none(change: dict[str, object]) -> None:
    image = scratch(LINUX_AMD64).with_layers(layer(1))
    with pytest.raises(Malformed):
        read_image(image.manifest, canonical({**config_of(image), **change}))


def test_what_go_writes_as_null_is_absent() -> None:
    empty = {"Env": None, "Cmd": None, "Labels": None, "Entrypoint": None, "User": None}
    assert docker_image({**ROOTFS, "config": empty, "history": None}).settings == Settings()


def test_an_index_chooses_by_platform(store: Store) -> None:
    images = [scratch(platform).with_layers(layer(1)) for platform in (LINUX_AMD64, ARM)]
    for image in images:
        store.put(image.documents)
    index = index_of(images)
    store.put(index.documents)
    assert index.platforms == (LINUX_AMD64, ARM)
    for image in images:
        assert open_image(index.descriptor, store, image.platform) == image


def test_an_index_without_our_platform_says_what_it_has(store: Store) -> None:
    index = index_of([scratch(ARM), scratch(LINUX_AMD64)])
    with pytest.raises(NoSuchPlatform, match="linux/s390x") as caught:
        index.member(Platform("linux", "s390x"))
    assert caught.value.hint == "it is offered for: linux/amd64, linux/arm64"


def test_an_image_of_another_platform_is_not_taken_for_ours(store: Store) -> None:
    image = scratch(ARM)
    store.put(image.documents)
    with pytest.raises(NoSuchPlatform):
        open_image(image.descriptor, store, LINUX_AMD64)


def test_an_index_whose_member_is_for_another_platform_than_it_says(store: Store) -> None:
    image = scratch(ARM)
    store.put(image.documents)
    lying = replace(image.descriptor, platform=LINUX_AMD64)
    root = store.add(INDEX, canonical({"schemaVersion": 2, "manifests": [lying.data()]}))
    with pytest.raises(NoSuchPlatform):
        open_image(root, store, LINUX_AMD64)


def test_notes_of_build_tools_in_an_index_are_no_images() -> None:
    note = Descriptor(MANIFEST, layer(7).blob.digest, 7, Platform("unknown", "unknown"))
    data = {"schemaVersion": 2, "manifests": [note.data(), scratch(ARM).descriptor.data()]}
    index = read_index(canonical(data))
    assert index.platforms == (ARM,)
    assert index.member(ARM) == scratch(ARM).descriptor


def test_one_index_has_a_platform_once() -> None:
    with pytest.raises(UsageError, match="linux/arm64"):
        index_of([scratch(ARM), scratch(ARM).with_layers(layer(1))])


def test_indexes_that_lead_ever_deeper(store: Store) -> None:
    image = scratch(LINUX_AMD64)
    root = store.put(image.documents)
    for _ in range(3):
        root = store.add(INDEX, canonical({"schemaVersion": 2, "manifests": [replace(root, platform=None).data()]}))
    with pytest.raises(Malformed, match="deep"):
        open_image(root, store, LINUX_AMD64)


def test_an_artifact_is_not_an_image(store: Store) -> None:
    config = store.add("application/vnd.example.sbom+json", b"{}")
    data = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config.data(), "layers": []}
    with pytest.raises(Malformed, match="sbom"):
        open_image(store.add(MANIFEST, canonical(data)), store, LINUX_AMD64)


def test_an_image_can_be_made_of_its_parts() -> None:
    image = scratch(LINUX_AMD64).with_layers(layer(1), layer(2))
    assert image_of(image.configuration, image.layers) == image
