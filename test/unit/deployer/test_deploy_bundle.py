"""EMR bundles on their way into buckets: what moves, what is released, and what can be gone back to."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.built import Environment, FaultyStore, named
from support.object_store import KEYS, QUICK, moto

from bigflow.artifacts import Artifact, Manifest, Part
from bigflow.artifacts.artifact import listing, parts_of
from bigflow.artifacts.emr_bundle import Dependencies, EmrBundle
from bigflow.deployer.apply import KEPT
from bigflow.deployer.bundle import BuiltBundle, address_of, find_bundle, plan_bundle, upload
from bigflow.deployer.deploying import Ground, perform, plan_deploy, plan_rollback
from bigflow.deployer.drift import find_drift
from bigflow.deployer.plan import DeployPlan
from bigflow.deployer.release import Entry
from bigflow.deployer.wanted import Built
from bigflow.errors import InvalidProject, OutsideError, UsageError
from bigflow.storage import Access, NoBucket, open_store

FILES = {"whl_pkg/shop.whl": b"wheel", "dependencies/dependencies.zip": b"zip", "entry_script/run.py": b"print()"}


class Emr:
    """A project with bundles, an environment with a bucket, and what is asked of that."""

    def __init__(self, root: Path) -> None:
        self.environment = Environment(root)
        self.bucket = root / "bucket"
        self.store = FaultyStore(open_store(str(self.bucket)))

    def ground(self) -> Ground:
        return replace(self.environment.ground(), stores=lambda address: self.store)

    def build(self, version: str = "1.0", *, dags: bool = True, **files: bytes) -> tuple[Built, BuiltBundle]:
        root = self.environment.root
        built = self.environment.build(version, named("daily"))
        manifest = _written(root, built.manifest if dags else replace(built.manifest, artifacts=()), version, files)
        bundle = find_bundle(str(root), manifest, str(self.bucket))
        assert bundle is not None
        return (replace(built, manifest=manifest) if dags else Built(manifest, (), None)), bundle

    def plan(self, made: tuple[Built, BuiltBundle], **changes: object) -> DeployPlan:
        return plan_deploy(self.ground(), self.environment.order(made[0], bundle=made[1], **changes))

    def deploy(self, made: tuple[Built, BuiltBundle]) -> Entry | None:
        planned = self.plan(made)
        self.store.asked.clear()
        return perform(self.ground(), planned, made[0])

    def rollback(self) -> Entry | None:
        ground = self.ground()
        return perform(ground, plan_rollback(ground, None))

    def files(self) -> set[str]:
        return {str(path.relative_to(self.bucket)) for path in self.bucket.rglob("*") if path.is_file()}


def _written(root: Path, manifest: Manifest, version: str, files: dict[str, bytes]) -> Manifest:
    folder = root / "build_output"
    for path, content in {**FILES, **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    (folder / "deployment_manifest.json").unlink(missing_ok=True)
    (folder / "upload_to_s3.sh").unlink(missing_ok=True)
    bundle = EmrBundle(
        project="shop",
        version=version,
        python="3.11",
        interpreter="/usr/bin/python3.11",
        wheel="whl_pkg/shop.whl",
        dependencies=Dependencies("zip", "dependencies/dependencies.zip"),
        entry_scripts=(("run", "entry_script/run.py"),),
        jars=(),
        files=parts_of(str(folder)),
    )
    (folder / "deployment_manifest.json").write_text(bundle.to_json())
    (folder / "upload_to_s3.sh").write_text("#!/bin/sh\n")
    parts: tuple[Part, ...] = parts_of(str(folder))
    artifact = Artifact("emr-bundle", "build_output", 1, listing(parts), version, "-", parts)
    return replace(manifest, artifacts=(*manifest.artifacts, artifact))


@pytest.fixture
def emr(tmp_path: Path) -> Emr:
    return Emr(tmp_path)


HERE = {f"shop/1.0/{path}" for path in (*FILES, "deployment_manifest.json")}


def test_the_bundle_is_there_with_the_dags_that_use_it(emr: Emr) -> None:
    made = emr.build()
    planned = emr.plan(made)
    assert planned.bundle is not None
    assert (len(planned.bundle.missing), planned.bundle.address) == (4, f"{emr.bucket}/shop/1.0")
    assert not emr.bucket.exists(), "a plan changes nothing"
    entry = emr.deploy(made)
    assert entry is not None and entry.number == 1
    assert emr.files() == HERE
    released = emr.environment.ledger().release(entry)
    assert released.bundle == planned.bundle.bundle


def test_the_manifest_comes_last(emr: Emr) -> None:
    emr.store.fails = lambda number: "before" if number == 4 else ""  # listing, three files, then the manifest
    with pytest.raises(OutsideError, match="the network is gone"):
        perform(emr.ground(), emr.plan(made := emr.build()), made[0])
    assert emr.files() == HERE - {"shop/1.0/deployment_manifest.json"}
    assert emr.environment.files() == {}, "no DAG speaks of a bundle that is not there"
    emr.store.fails = lambda number: ""
    assert emr.deploy(emr.build()) is not None
    assert emr.store.asked == ["write"], "what had arrived is not sent again"


def test_nothing_changed_is_one_request(emr: Emr) -> None:
    emr.deploy(emr.build())
    emr.store.asked.clear()
    planned = emr.plan(emr.build())
    assert not planned.changes
    assert emr.store.asked == ["list"]


def test_only_what_changed_moves(emr: Emr) -> None:
    emr.deploy(emr.build())
    made = emr.build(**{"entry_script/run.py": b"print(2)"})
    planned = emr.plan(made)
    assert planned.bundle is not None
    assert [file.path for file in planned.bundle.missing] == ["entry_script/run.py", "deployment_manifest.json"]
    assert emr.deploy(made) is not None


def test_what_somebody_has_spoilt_is_drift_and_is_mended(emr: Emr) -> None:
    emr.deploy(emr.build())
    (emr.bucket / "shop/1.0/entry_script/run.py").write_bytes(b"another")
    (emr.bucket / "shop/1.0/whl_pkg/shop.whl").unlink()
    _, drift = find_drift(emr.ground())
    assert [(one.kind, one.name) for one in drift] == [
        ("bundle", "shop/1.0/entry_script/run.py"),
        ("bundle", "shop/1.0/whl_pkg/shop.whl"),
    ]
    assert emr.deploy(emr.build()) is None, "there is nothing to write down"
    assert find_drift(emr.ground())[1] == ()


def test_a_store_that_shows_no_hashes_is_read(emr: Emr) -> None:
    emr.deploy(emr.build())
    inner = emr.store

    class Silent(FaultyStore):
        def listing(self, folder: str = ""):  # type: ignore[no-untyped-def]
            return (replace(stored, md5="") for stored in inner.store.listing(folder))

    emr.store = Silent(inner.store)
    assert not emr.plan(emr.build()).changes
    (emr.bucket / "shop/1.0/entry_script/run.py").write_bytes(b"PRINT()")
    assert emr.plan(emr.build()).changes


def test_rollback_is_to_a_bundle_that_is_still_there(emr: Emr) -> None:
    emr.deploy(emr.build("1.0"))
    emr.deploy(emr.build("2.0"))
    back = emr.rollback()
    assert back is not None and back.version == "1.0"
    released = emr.environment.ledger().release(back)
    assert released.bundle is not None and released.bundle.folder == "shop/1.0"
    (emr.bucket / "shop/2.0/entry_script/run.py").write_bytes(b"another")
    with pytest.raises(OutsideError, match=r"entry_script/run\.py of the bundle is gone, or is not as it was released"):
        emr.rollback()


def test_bundles_that_nobody_can_go_back_to_go(emr: Emr) -> None:
    (emr.bucket / "shop/by-hand").mkdir(parents=True)
    (emr.bucket / "shop/by-hand/x").touch()
    versions = [f"{number}.0" for number in range(KEPT + 2)]
    for version in versions:
        emr.deploy(emr.build(version, dags=False))
    assert {path.split("/")[1] for path in emr.files()} == {"by-hand", *versions[-KEPT:]}


def test_a_version_that_is_deployed_again_stays(emr: Emr) -> None:
    for number in range(KEPT + 1):
        emr.deploy(emr.build(f"{number % 3}.0", dags=False))
    assert {path.split("/")[1] for path in emr.files()} == {"0.0", "1.0", "2.0"}


def test_only_a_bundle_leaves_the_dags_alone(emr: Emr) -> None:
    emr.deploy(emr.build("1.0"))
    dags = emr.environment.files()
    made = emr.build("2.0", dags=False)
    entry = emr.deploy(made)
    assert entry is not None and entry.version == "2.0"
    assert emr.environment.files() == dags
    assert emr.environment.ledger().release(entry).images != ()


def test_only_a_bundle_where_nothing_was_before(emr: Emr) -> None:
    entry = emr.deploy(emr.build(dags=False))
    assert entry is not None and entry.dags == 0
    assert not emr.plan(emr.build(dags=False)).changes


def test_dags_alone_need_a_bundle_that_is_there(emr: Emr) -> None:
    made = emr.build()
    emr.deploy(made)
    made = emr.build(**{"entry_script/run.py": b"print(2)"})
    with pytest.raises(UsageError, match=r"the EMR bundle .*/shop/1\.0 is not there yet"):
        emr.plan(made, push=False)


def test_a_bundle_that_is_not_as_it_was_built(emr: Emr) -> None:
    built, _ = emr.build()
    (emr.environment.root / "build_output/entry_script/run.py").write_bytes(b"edited")
    with pytest.raises(InvalidProject, match=r"not as it was built: entry_script/run\.py"):
        find_bundle(str(emr.environment.root), built.manifest, "s3://ours")


def test_an_environment_without_emr(emr: Emr) -> None:
    built, _ = emr.build()
    assert find_bundle(str(emr.environment.root), built.manifest, "none") is None
    assert find_bundle(str(emr.environment.root), replace(built.manifest, artifacts=()), "s3://ours") is None


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("ours", "s3://ours"),
        ("s3://ours/a/", "s3://ours/a"),
        ("gs://ours", "gs://ours"),
        ("./folder", "./folder"),
        ("file:///tmp/x", "file:///tmp/x"),
    ],
)
def test_where_bundles_go(said: str, address: str) -> None:
    assert address_of(said) == address


def test_a_record_of_before_there_were_bundles_can_be_read(emr: Emr) -> None:
    entry = emr.deploy(emr.build())
    assert entry is not None
    place = next(path for path in emr.environment.root.rglob("releases/*.json"))
    told = json.loads(place.read_text())
    del told["bundle"]
    place.write_text(json.dumps(told))
    assert emr.environment.ledger().release(entry).bundle is None


def test_s3_takes_it_and_says_what_is_wrong(emr: Emr) -> None:
    _, bundle = emr.build()
    with moto("ours") as endpoint:
        access = Access(KEYS, endpoint, patience=QUICK)
        there = replace(bundle, place="s3://ours/spark")
        upload(plan_bundle(there, lambda said: open_store(said, access)), lambda said: open_store(said, access))
        assert plan_bundle(there, lambda said: open_store(said, access)).missing == ()
        with pytest.raises(NoBucket):
            plan_bundle(replace(bundle, place="s3://none"), lambda said: open_store(said, access))
