"""Of a manifest with variants, the one that is deployed: said, or clear without a word."""

from pathlib import Path

import pytest
from support.cli import write_files

from bigflow.artifacts import Artifact, Manifest
from bigflow.artifacts.manifest import PATH
from bigflow.deployer.wanted import read_manifest_of, read_specs
from bigflow.errors import UsageError


def built(root: Path, *variants: str) -> str:
    def of(variant: str) -> tuple[Artifact, ...]:
        version = f"1.2.0+{variant}" if variant else "1.2.0"
        runtime = Artifact("runtime", f"{variant}/r.whl", 1, "b" * 64, "0.9", "i", variant=variant)
        return runtime, Artifact("wheel", f"{variant}/a.whl", 1, "a" * 64, version, "i", variant=variant)

    artifacts = tuple(artifact for variant in variants for artifact in of(variant))
    write_files(root, {PATH: Manifest("shop", "shop", "1.2.0", None, artifacts).to_json()})
    return str(root)


@pytest.mark.parametrize(
    ("variants", "said", "version"),
    [
        (("",), None, "1.2.0"),
        (("gpu",), None, "1.2.0+gpu"),
        (("", "gpu"), None, "1.2.0"),
        (("", "gpu"), "gpu", "1.2.0+gpu"),
        (("cpu", "gpu"), "cpu", "1.2.0+cpu"),
        ((), None, "1.2.0"),
    ],
)
def test_what_is_meant(tmp_path: Path, variants: tuple[str, ...], said: str | None, version: str) -> None:
    manifest = read_manifest_of(built(tmp_path, *variants), "shop", said)
    assert manifest.version == version
    assert len(manifest.artifacts) == (2 if variants else 0)
    assert len(set(manifest.variants)) <= 1


@pytest.mark.parametrize(
    ("variants", "said", "message", "hint"),
    [
        (("cpu", "gpu"), None, "which variant? The build has cpu, gpu", "--variant cpu"),
        (("cpu", "gpu"), "gpy", "the build has no variant 'gpy'; did you mean 'gpu'?", "it has: cpu, gpu"),
        (("",), "gpu", "the build has no variant 'gpu'", "it has: none"),
        (("cpu",), "", "the build has no variant ''", "it has: cpu"),
    ],
)
def test_what_is_not_clear(
    tmp_path: Path, variants: tuple[str, ...], said: str | None, message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read_manifest_of(built(tmp_path, *variants), "shop", said)
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_dags_are_where_the_build_of_the_variant_left_them(tmp_path: Path) -> None:
    specs = Artifact("dagspec", "build/variants/gpu/dags/specs.json", 1, "a" * 64, "1", "i", variant="gpu")
    manifest = Manifest("shop", "shop", "1", None, (specs,))
    with pytest.raises(UsageError) as caught:
        read_specs(str(tmp_path), manifest)
    assert caught.value.where == "build/variants/gpu/dags/specs.json"
    with pytest.raises(UsageError) as caught:
        read_specs(str(tmp_path), manifest, "elsewhere")
    assert caught.value.where == "elsewhere/specs.json"
