"""What `doctor` can know of an environment without changing it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.built import Environment, named

from bigflow.containers.registry import Registries
from bigflow.deployer.reachable import Reached, look_at_dags, look_at_images
from bigflow.deployer.settings import image_place
from bigflow.deployer.targets.layout import LayoutPlace


def dags(environment: Environment) -> dict[str, Reached]:
    ground = environment.ground()
    return {one.what: one for one in look_at_dags(ground.place, ground.ledger)}


def images(environment: Environment, said: str) -> dict[str, Reached]:
    return {one.what: one for one in look_at_images(image_place(said, "shop", Registries()))}


def test_each_place_is_asked_and_nothing_is_changed(environment: Environment) -> None:
    before = {**dags(environment), **images(environment, environment.repository)}
    assert list(before) == [
        "list DAGs", "write DAGs", "delete DAGs", "read records", "write records", "pull images", "push images",
    ]  # fmt: skip
    assert all(one.ok for one in before.values()), before
    assert before["read records"].detail == "nothing is deployed yet"
    assert list(environment.root.iterdir()) == []
    environment.deploy(environment.build("1.0.0", named("daily")))
    kept = {path: path.stat().st_mtime_ns for path in environment.dags.rglob("*") if path.is_file()}
    found = dags(environment)
    assert found["list DAGs"].detail.endswith("dags: 1 file")
    assert found["read records"].detail == "release 1 is deployed"
    assert all(one.ok for one in found.values())
    assert kept == {path: path.stat().st_mtime_ns for path in environment.dags.rglob("*") if path.is_file()}


def test_who_is_at_work_is_told(environment: Environment) -> None:
    environment.deploy(environment.build("1.0.0", named("daily")))
    state = environment.dags / ".bigflow/shop/state.json"
    intent = '"intent": {"id": "1", "who": "bob@ci", "process": "", "since": "2026-11-20T11:00:00+00:00", '
    intent += '"act": "deploy", "record": "r", "names": [], "before": []}'
    state.write_text(state.read_text().replace('"intent": null', intent))
    assert dags(environment)["read records"].detail == "bob@ci has been at work (deploy) since 2026-11-20 11:00 UTC"


def test_what_does_not_answer_is_told_with_its_hint(environment: Environment) -> None:
    environment.deploy(environment.build("1.0.0", named("daily")))
    (environment.dags / ".bigflow/shop/state.json").write_text("{")
    found = dags(environment)
    assert found["list DAGs"].ok
    assert not found["read records"].ok
    assert "--clear-dags-folder" in found["read records"].hint


def test_of_several_that_fail_for_one_reason_the_first_is_told(environment: Environment) -> None:
    ground = environment.ground()
    assert environment.store is not None
    environment.store.fails = lambda number: "before"
    (only,) = look_at_dags(ground.place, ground.ledger)
    assert (only.what, only.ok, only.detail) == ("list DAGs", False, "the network is gone")


def under_a_file(root: Path) -> Path:
    (root / "file").write_text("")
    return root / "file" / "dags"


def under_a_link_to_nothing(root: Path) -> Path:
    (root / "link").symlink_to(root / "nowhere")
    return root / "link" / "dags"


@pytest.mark.parametrize("folder", [under_a_file, under_a_link_to_nothing])
def test_a_folder_that_cannot_be_made(folder: Callable[[Path], Path], tmp_path: Path) -> None:
    told = look_at_images(LayoutPlace("images", str(folder(tmp_path)), "shop"))
    assert [(one.what, one.ok) for one in told] == [("pull images", True), ("push images", False)]
    assert "Not a directory" in told[1].detail
