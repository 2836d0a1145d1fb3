import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.building import perform, project
from support.needs import missing

from bigflow.builder.step import Declared, Project, Wishes
from bigflow.builder.steps import sbom

HASH = "ab" * 32
LOCK = f"""\
alpha==1.0 \\
    --hash=sha256:{HASH} \\
    --hash=sha256:{"cd" * 32}
    # via -r resources/requirements.in
beta==2.0 ; sys_platform == 'win32'
    # via alpha
own @ https://alice:s3cret@example.org/own-1.0.whl?token=t0ken
    # via -r resources/requirements.in
"""


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    root = tmp_path / "shop"
    (root / "shop").mkdir(parents=True)
    (root / "shop" / "__init__.py").touch()
    (root / "resources").mkdir()
    (root / "resources" / "requirements.txt").write_text(LOCK)
    (root / "pyproject.toml").write_text('[tool.bigflow]\nedition = "2026"\nname = "shop"\n')
    return project(root)


def written(shop: Project) -> str:
    tried = perform(sbom, shop)
    assert tried.error is None, tried.error
    return Path(shop.root, sbom.PATH).read_text()


def test_every_package_with_its_hashes_and_who_wants_it(shop: Project) -> None:
    told = json.loads(written(shop))
    components = {one["name"]: one for one in told["components"]}
    assert components["alpha"]["purl"] == "pkg:pypi/alpha@1.0"
    assert {"alg": "SHA-256", "content": HASH} in components["alpha"]["hashes"]
    wanted = {one["ref"]: one.get("dependsOn", []) for one in told["dependencies"]}
    assert wanted["pkg:pypi/alpha@1.0"] == ["pkg:pypi/beta@2.0"]
    assert wanted["project:shop"] == ["pkg:pypi/alpha@1.0", components["own"]["purl"]]
    assert told["metadata"]["component"] == {
        "bom-ref": "project:shop",
        "name": "shop",
        "type": "application",
        "version": "1.2.0",
    }


def test_no_secret_gets_into_it(shop: Project) -> None:
    text = written(shop)
    assert not [secret for secret in ("alice", "s3cret", "t0ken") if secret in text]


def test_it_fits_the_schema(shop: Project) -> None:
    from cyclonedx.exception import MissingOptionalDependencyException
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    text = written(shop)
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    try:
        assert validator.validate_str(text) is None
        assert validator.validate_str(text.replace('"library"', '"libary"')) is not None, "the validator sees something"
    except MissingOptionalDependencyException:
        missing("the schemas of CycloneDX", "jsonschema is not installed")


def test_the_same_words_give_the_same_bytes(shop: Project, tmp_path: Path) -> None:
    first = written(shop)
    assert "timestamp" not in first and "serialNumber" not in first
    assert written(shop) == first
    lines = LOCK.splitlines(keepends=True)
    Path(shop.root, "resources", "requirements.txt").write_text("".join([*lines[6:], *lines[:6]]))
    assert written(shop) == first


def test_no_requirements_are_told_too(shop: Project) -> None:
    Path(shop.root, "resources", "requirements.txt").unlink()
    told = json.loads(written(shop))
    assert told.get("components", []) == []
    assert [one["ref"] for one in told["dependencies"]] == ["project:shop"]


def test_only_the_version_differs_from_commit_to_commit(shop: Project) -> None:
    first = written(shop)
    assert written(replace(shop, version="1.3.0")) == first.replace("1.2.0", "1.3.0")


def test_what_is_kept_may_be_damaged(shop: Project) -> None:
    first = written(shop)
    (kept,) = Path(shop.cache, "sbom").iterdir()
    for damage in ("", "{}", "[1", kept.read_text()[:-20]):
        kept.write_text(damage)
        assert written(shop) == first


def test_the_artifact(shop: Project) -> None:
    done = perform(sbom, shop).done
    assert done is not None
    (artifact,) = done.artifacts
    assert (artifact.kind, artifact.path) == ("sbom", "build/sbom.cdx.json")
    declared = sbom.declare(shop, Wishes())
    assert isinstance(declared, Declared)
    assert declared.leaves == ("build/sbom.cdx.json",) and "1.2.0" in declared.values
