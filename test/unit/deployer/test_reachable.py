"""What `doctor` can know of an environment without changing it."""

from pathlib import Path

from support.built import Environment, named

from bigflow.deployer.reachable import look_around


def test_each_place_is_asked_and_nothing_is_changed(environment: Environment) -> None:
    before = look_around(environment.ground(), environment.repository)
    assert [(one.what, one.ok) for one in before] == [("DAGs folder", True), ("records", True), ("images", True)]
    assert before[1].detail == "nothing is deployed yet"
    assert list(environment.root.iterdir()) == []
    environment.deploy(environment.build("1.0.0", named("daily")))
    found = look_around(environment.ground(), environment.repository)
    assert [one.detail.rpartition(": ")[2] for one in found[:2]] == ["1 files", "release 1 is deployed"]


def test_what_does_not_answer_is_told_with_its_hint(environment: Environment, tmp_path: Path) -> None:
    environment.deploy(environment.build("1.0.0", named("daily")))
    (environment.dags / ".bigflow/shop/state.json").write_text("{")
    found = {one.what: one for one in look_around(environment.ground(), "127.0.0.1:9/shop")}
    assert found["DAGs folder"].ok
    assert not found["records"].ok
    assert not found["images"].ok
    assert found["records"].hint
