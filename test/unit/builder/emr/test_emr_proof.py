import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.emr import HERE, bundled, emr_shop, jar, output

from bigflow.artifacts.artifact import Made, artifact_of
from bigflow.artifacts.manifest import Manifest
from bigflow.builder.emr.proof import disagreements
from bigflow.builder.step import Project
from bigflow.builder.wheel.places import wheel_path


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    made = emr_shop(tmp_path / "shop", HERE + 'jars = ["a.jar"]\n')
    Path(made.root, "a.jar").write_bytes(jar())
    bundled(made)
    return made


def told(shop: Project) -> list[str]:
    wheel = artifact_of(shop.root, wheel_path(shop), "wheel", Made("1.2.0", "0"))
    return [one.message for one in disagreements(shop.root, "build_output", _manifest(shop, wheel))]


def _manifest(shop: Project, *artifacts: object) -> Manifest:
    return Manifest("shop", "shop", "1.2.0", None, artifacts)  # type: ignore[arg-type]


def test_as_it_is_built_all_agree(shop: Project) -> None:
    assert told(shop) == []


def _in_manifest(**changes: object) -> Callable[[Path], object]:
    def change(folder: Path) -> object:
        file = folder / "deployment_manifest.json"
        return file.write_text(json.dumps({**json.loads(file.read_text()), **changes}, indent=2) + "\n")

    return change


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda folder: (folder / "jars/a.jar").write_bytes(b"x"), ["something else than build_output/jars/a.jar is"]),
        (lambda folder: (folder / "jars/a.jar").unlink(), ["something else than build_output/jars/a.jar is"]),
        (lambda folder: (folder / "jars/b.jar").write_bytes(b""), ["something else than build_output/jars/b.jar is"]),
        (
            lambda folder: (folder / "upload_to_s3.sh").write_text("#!/bin/sh\n"),
            ["upload_to_s3.sh is not as it is made"],
        ),
        (lambda folder: (folder / "upload_to_s3.sh").unlink(), ["upload_to_s3.sh is not as it is made"]),
        (lambda folder: (folder / "deployment_manifest.json").unlink(), ["there is no build_output/deployment"]),
        (
            lambda folder: (folder / "deployment_manifest.json").write_text("{"),
            ["the bundle's manifest cannot be read"],
        ),
        (_in_manifest(version="9"), ["upload_to_s3.sh is not as it is made"]),
        (_in_manifest(spark_submit={}), ["is not as it is made from its files", "upload_to_s3.sh"]),
        (_in_manifest(jars=[]), ["is not as it is made from its files", "upload_to_s3.sh"]),
        (_in_manifest(wheel="jars/a.jar"), ["the bundle's wheel is not dist/", "upload_to_s3.sh"]),
        (
            lambda folder: (folder / "../dist/shop-1.2.0-py3-none-any.whl").write_bytes(b"x"),
            ["the bundle's wheel is not"],
        ),
    ],
)
def test_whatever_is_changed_by_hand_is_seen(
    spoil: Callable[[Path], object], expected: list[str], shop: Project
) -> None:
    spoil(output(shop))
    found = told(shop)
    assert len(found) == len(expected), found
    assert all(part in message for part, message in zip(expected, found, strict=True)), found


def test_without_dist_the_bundle_can_still_be_checked(shop: Project) -> None:
    Path(shop.root, wheel_path(shop)).unlink()
    assert list(disagreements(shop.root, "build_output", _manifest(shop))) == []
