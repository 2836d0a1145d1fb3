"""publishing: what lies in the folder of a variant lies in the project, too, and nothing of another variant goes."""

from dataclasses import replace
from pathlib import Path

import pytest
from support.cli import write_files

from bigflow.artifacts import Artifact, Manifest, read_manifest
from bigflow.artifacts.artifact import Made, artifact_of
from bigflow.artifacts.manifest import PATH
from bigflow.builder.manifest_file import write_manifest
from bigflow.builder.publishing import as_published, publish, published_path
from bigflow.project.variant_folder import Laid
from bigflow.project.variants import Variant


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return tmp_path


def built(tree: Path, name: str, version: str = "1.2.0") -> Laid:
    """A variant whose folder has what a build leaves."""
    laid = Laid(Variant(name, "", b""), str(tree), str(tree / ".bigflow" / "variants" / name))
    wheel = f"dist/shop-{version}+{name}-py3-none-any.whl"
    folder = write_files(
        Path(laid.folder),
        {
            wheel: name,
            "build/report.html": name,
            ".image/index.json": "{}",
            ".dags/daily.py": "",
        },
    )
    made = Made(f"{version}+{name}", "i" * 64)
    artifacts = (
        artifact_of(str(folder), wheel, "wheel", made),
        artifact_of(str(folder), ".dags/daily.py", "dag", made),
        Artifact("image", ".image", 3, "e" * 64, made.version, "i" * 64, details=(("sbom", "build/sbom.cdx.json"),)),
    )
    manifest = Manifest("shop", "shop", made.version, "c0ffee", artifacts)
    write_files(folder, {PATH: manifest.to_json(), "build/SHA256SUMS": f"{'a' * 64}  build/sbom.cdx.json\n"})
    return laid


def manifest_of(tree: Path) -> Manifest:
    manifest = read_manifest(str(tree / PATH))
    assert manifest is not None
    return manifest


def test_everything_has_its_place(tree: Path) -> None:
    publish(built(tree, "binary"))
    manifest = manifest_of(tree)
    assert manifest.version == "1.2.0"
    assert [(one.kind, one.path, one.variant) for one in manifest.artifacts] == [
        ("wheel", "dist/shop-1.2.0+binary-py3-none-any.whl", "binary"),
        ("image", "build/variants/binary/image", "binary"),
        ("dag", "build/variants/binary/dags/daily.py", "binary"),
    ]
    assert manifest.of_kind("image")[0].details == (("sbom", "build/variants/binary/sbom.cdx.json"),)
    assert all((tree / artifact.path).exists() for artifact in manifest.artifacts)
    assert (tree / "build/variants/binary/report.html").read_text() == "binary"
    assert (tree / "build/variants/binary/SHA256SUMS").read_text().endswith("  build/variants/binary/sbom.cdx.json\n")


def test_two_variants_lie_side_by_side_and_one_is_replaced_alone(tree: Path) -> None:
    publish(built(tree, "binary"))
    publish(built(tree, "source"))
    again = built(tree, "binary", "1.3.0")
    (Path(again.folder) / "dist" / "shop-1.2.0+binary-py3-none-any.whl").unlink()
    (Path(again.folder) / ".dags" / "daily.py").unlink()
    publish(again)
    assert sorted(path.name for path in (tree / "dist").iterdir()) == [
        "shop-1.2.0+source-py3-none-any.whl",
        "shop-1.3.0+binary-py3-none-any.whl",
    ]
    assert not (tree / "build/variants/binary/dags/daily.py").exists()
    assert (tree / "build/variants/source/dags/daily.py").exists()
    assert manifest_of(tree).variants == ("binary", "source")


def test_the_project_as_such_and_its_variants_keep_each_others_entries(tree: Path) -> None:
    publish(built(tree, "binary"))
    plain = Manifest("shop", "shop", "1.4.0", "abc", (Artifact("wheel", "dist/a.whl", 1, "a" * 64, "1.4.0", "i"),))
    write_manifest(str(tree), plain)
    assert manifest_of(tree).variants == ("", "binary")
    publish(built(tree, "binary"))
    manifest = manifest_of(tree)
    assert (manifest.version, manifest.variants) == ("1.4.0", ("", "binary"))
    assert manifest.of_variant("") == replace(plain, artifacts=manifest.of_variant("").artifacts)
    assert manifest.of_variant("binary").version == "1.2.0+binary"


def test_a_damaged_manifest_is_written_anew(tree: Path) -> None:
    write_files(tree, {PATH: "{"})
    plain = Manifest("shop", "shop", "1.4.0", None, ())
    write_manifest(str(tree), plain)
    assert manifest_of(tree) == plain


def test_a_build_without_a_manifest_publishes_its_reports(tree: Path) -> None:
    laid = built(tree, "binary")
    (Path(laid.folder) / PATH).unlink()
    publish(laid)
    assert (tree / "build/variants/binary/report.html").exists()
    assert not (tree / PATH).exists()


def test_a_manifest_survives_its_text(tree: Path) -> None:
    artifact = Artifact("wheel", "dist/a.whl", 1, "a" * 64, "1", "i", variant="gpu")
    write_manifest(str(tree), Manifest("shop", "shop", "1", None, (artifact,)), "gpu")
    assert manifest_of(tree).artifacts == (artifact,)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("dist/a.whl", "dist/a.whl"),
        ("build/report.html", "build/variants/cpu/report.html"),
        (".image", "build/variants/cpu/image"),
        (".image/image-1-cpu.tar", "build/variants/cpu/image/image-1-cpu.tar"),
        ("build_output/a.zip", "build/variants/cpu/build_output/a.zip"),
    ],
)
def test_where_a_path_goes(path: str, place: str) -> None:
    assert published_path(path, "cpu") == place


def test_artifacts_know_their_variant() -> None:
    artifact = Artifact(
        "image", ".image", 1, "a" * 64, "1", "i", details=(("tar", ".image/x.tar"), ("base", "build/x"))
    )
    (published,) = as_published([artifact], Laid(Variant("cpu", "", b""), "", ""))
    assert published.variant == "cpu"
    assert published.details == (("tar", "build/variants/cpu/image/x.tar"), ("base", "build/x"))
