"""What a deploy, a rollback and an undeploy make of an environment, and what they leave alone."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from support.built import NOW, Build, Environment, build, named

from bigflow.containers.blobs import Source
from bigflow.containers.copying import Progress
from bigflow.containers.descriptor import LINUX_AMD64, Descriptor
from bigflow.containers.docker_tar import write_tar
from bigflow.containers.layout import Layout
from bigflow.containers.reference import parse
from bigflow.dags.spec import Timetable
from bigflow.deployer.apply import KEPT
from bigflow.deployer.deploying import perform, plan_deploy, plan_rollback, plan_undeploy
from bigflow.deployer.drift import find_drift
from bigflow.deployer.observe import recorded
from bigflow.deployer.plan import DeployPlan
from bigflow.deployer.record_json import RecordDamaged
from bigflow.deployer.targets.layout import LayoutPlace
from bigflow.deployer.undo import settle
from bigflow.deployer.wanted import find_image, read_manifest_of, read_specs
from bigflow.errors import BigflowError, InvalidProject, OutsideError, UsageError


def rolled_back(environment: Environment, number: int | None = None) -> DeployPlan:
    ground = environment.ground()
    planned = plan_rollback(ground, number)
    perform(ground, planned)
    return planned


def kinds(plan: DeployPlan) -> dict[str, str]:
    return {change.dag_id: change.kind for change in plan.dags}


def test_each_dag_is_pinned_to_the_digest_that_was_built(environment: Environment) -> None:
    built = environment.build("1.0.0", named("daily"))
    entry = environment.deploy(built)
    assert entry is not None
    assert built.image is not None
    assert f"shop@{built.image.digest}" in environment.files()["daily_dag.py"]
    assert (entry.number, entry.act, entry.version, entry.dags) == (1, "deploy", "1.0.0", 1)


def test_the_second_time_nothing_changes_and_little_is_asked(environment: Environment) -> None:
    built = environment.build("1.0.0", named("daily"), named("weekly"))
    environment.deploy(built)
    before = {path: path.stat().st_mtime_ns for path in environment.dags.rglob("*")}
    plan = environment.plan(built)
    assert not plan.changes
    assert environment.store is not None
    assert sorted(environment.store.asked) == ["list", "read", "read"]
    assert environment.deploy(built) is None
    assert before == {path: path.stat().st_mtime_ns for path in environment.dags.rglob("*")}


def test_one_build_is_promoted(environment: Environment) -> None:
    """Two environments, one image: what differs is what the environments say."""
    built = environment.build("1.0.0", named("daily"))
    environment.deploy(built)
    dev = environment.files()["daily_dag.py"]
    other = replace(environment, root=environment.root / "other")
    other.bindings = replace(other.bindings, namespace="prod", pool="big", paused=True, timetable=Timetable("none"))
    other.deploy(built)
    prod = other.files()["daily_dag.py"]
    digest = re.compile("sha256:[0-9a-f]{64}")
    assert digest.findall(dev) == digest.findall(prod) != []
    assert '"namespace": "prod"' in prod
    assert "is_paused_upon_creation=True" in prod
    assert "schedule=None" in prod


def test_files_of_others_are_untouched_whatever_is_done(environment: Environment) -> None:
    environment.dags.mkdir(parents=True)
    theirs = {
        "theirs_dag.py": "# bigflow: project=other workflow=daily version=1\n",
        "old_dag.py": "# made by hand\n",
        "airflow_monitoring.py": "",
        "notes.txt": "",
    }
    for name, text in theirs.items():
        (environment.dags / name).write_text(text)
    environment.deploy(environment.build("1.0.0", named("daily")), clear=True)
    environment.deploy(environment.build("1.1.0", named("weekly")), clear=True)
    rolled_back(environment)
    assert environment.files() == {**environment.files(), **theirs}
    assert environment.plan(environment.build("1.1.0", named("weekly"))).left == len(theirs)


def test_a_foreign_file_with_our_name_stops_everything(environment: Environment) -> None:
    environment.dags.mkdir(parents=True)
    (environment.dags / "daily_dag.py").write_text("from airflow import DAG\n")
    with pytest.raises(InvalidProject, match=r"there is a file daily_dag\.py of somebody else"):
        environment.deploy(environment.build("1.0.0", named("daily")))
    assert set(environment.files()) == {"daily_dag.py"}


def test_what_became_a_foreign_file_is_not_deleted(environment: Environment) -> None:
    environment.deploy(environment.build("1.0.0", named("daily"), named("gone")))
    (environment.dags / "gone_dag.py").write_text("# theirs by now\n")
    environment.deploy(environment.build("1.1.0", named("daily")), clear=True)
    assert environment.files()["gone_dag.py"] == "# theirs by now\n"
    rolled_back_to = environment.build("1.2.0", named("daily"), named("gone"))
    with pytest.raises(InvalidProject):
        environment.deploy(rolled_back_to)


class Forgetful(LayoutPlace):
    """A place that says yes, and keeps nothing."""

    def put(self, root: Descriptor, source: Source, progress: Progress) -> None:
        """Nothing."""


def test_an_image_is_looked_for_after_it_was_pushed(environment: Environment) -> None:
    built = environment.build("1.0.0", named("daily"))
    forgetful = Forgetful("nowhere", str(environment.root / "nowhere"), "shop")
    ground = replace(environment.ground(), images=lambda said: forgetful)
    planned = plan_deploy(ground, environment.order(built))
    with pytest.raises(OutsideError, match="although it took it"):
        perform(ground, planned, built)
    assert environment.files() == {}


def test_ten_thousand_foreign_files_are_listed_and_not_read(environment: Environment) -> None:
    environment.dags.mkdir(parents=True)
    for number in range(10_000):
        (environment.dags / f"f{number}_dag.py").touch()
    plan = environment.plan(environment.build("1.0.0", named("daily")))
    assert plan.left == 10_000
    assert environment.store is not None
    assert environment.store.asked == ["read", "list"]


def test_clear_means_all_old_files_of_this_project(environment: Environment) -> None:
    built = environment.build("1.0.0", named("daily"))
    environment.deploy(built)
    stray = environment.dags / "daily__v0_dag.py"
    stray.write_text("# bigflow: project=shop workflow=daily version=0\n")
    environment.deploy(built)
    assert stray.exists()
    environment.deploy(built, clear=True)
    assert not stray.exists()


def test_one_workflow_is_deployed_and_the_others_keep_their_image(environment: Environment) -> None:
    environment.deploy(environment.build("1.0.0", named("daily"), named("weekly")))
    before = environment.files()
    built = environment.build("1.1.0", named("daily"), named("weekly"))
    plan = environment.plan(built, workflow="daily")
    assert kinds(plan) == {"daily": "change", "weekly": "keep"}
    environment.deploy(built, workflow="daily")
    after = environment.files()
    assert after["weekly_dag.py"] == before["weekly_dag.py"]
    assert after["daily_dag.py"] != before["daily_dag.py"]
    current = recorded(environment.ledger()).current
    assert current is not None
    assert [image.tag for image in current.images] == ["1.1.0", "1.0.0"]
    with pytest.raises(UsageError, match="did you mean 'daily'"):
        environment.plan(built, workflow="dayly")


def test_rollback_gives_the_very_bytes_and_its_own_undo(environment: Environment) -> None:
    environment.deploy(environment.build("1.0.0", named("daily"), named("old")))
    first = environment.files()
    environment.deploy(environment.build("1.1.0", named("daily"), named("new")))
    second = environment.files()
    assert kinds(rolled_back(environment)) == {"daily": "change", "new": "delete", "old": "create"}
    assert environment.files() == first
    rolled_back(environment)
    assert environment.files() == second
    rolled_back(environment, 1)
    assert environment.files() == first
    with pytest.raises(UsageError, match="there is no release 9; there are: 1 to 5"):
        plan_rollback(environment.ground(), 9)


def test_there_is_nothing_to_go_back_to_at_first(environment: Environment) -> None:
    for _ in range(2):
        with pytest.raises(UsageError, match="there is no release to go back to"):
            plan_rollback(environment.ground(), None)
        environment.deploy(environment.build("1.0.0", named("daily")))


def test_a_release_whose_image_is_gone_is_not_gone_back_to(environment: Environment) -> None:
    built = environment.build("1.0.0", named("daily"))
    environment.deploy(built)
    environment.deploy(environment.build("1.1.0", named("daily")))
    Layout(str(environment.root / "images")).collect()
    before = environment.files()
    assert built.image is not None
    with pytest.raises(OutsideError, match=f"the image shop@{built.image.digest} is gone"):
        plan_rollback(environment.ground(), None)
    assert environment.files() == before


def test_undeploy_removes_one_workflow(environment: Environment) -> None:
    environment.deploy(environment.build("1.0.0", named("daily"), named("weekly")))
    ground = environment.ground()
    perform(ground, plan_undeploy(ground, "weekly"))
    assert set(environment.files()) == {"daily_dag.py"}
    with pytest.raises(UsageError, match="what is deployed has no workflow 'weekly'"):
        plan_undeploy(environment.ground(), "weekly")
    rolled_back(environment)
    assert set(environment.files()) == {"daily_dag.py", "weekly_dag.py"}


def test_drift_says_what_is_no_longer_as_released(environment: Environment) -> None:
    built = environment.build("1.0.0", *map(named, ("a", "b", "c", "d")))
    environment.deploy(built)
    assert find_drift(environment.ground())[1] == ()
    with (environment.dags / "a_dag.py").open("a") as file:
        file.write("# more\n")
    (environment.dags / "b_dag.py").unlink()
    (environment.dags / "c_dag.py").write_text("# theirs\n")
    (environment.dags / "x_dag.py").write_text("# bigflow: project=shop workflow=x version=0\n")
    layout = Layout(str(environment.root / "images"))
    layout.write(layout.root(), layout.store, "another")
    found = {one.name.rpartition("/")[2]: one.kind for one in find_drift(environment.ground())[1]}
    assert found == {
        "a_dag.py": "changed",
        "b_dag.py": "missing",
        "c_dag.py": "foreign",
        "x_dag.py": "unknown",
        "images:1.0.0": "tag",
    }
    (environment.dags / "c_dag.py").unlink()
    environment.deploy(built)
    assert {one.kind for one in find_drift(environment.ground())[1]} == {"unknown"}


def test_a_missing_image_is_told_and_pushed_again(environment: Environment) -> None:
    built = environment.build("1.0.0", named("daily"))
    environment.deploy(built)
    for blob in (environment.root / "images" / "blobs" / "sha256").iterdir():
        blob.unlink()
    assert {one.kind for one in find_drift(environment.ground())[1]} == {"image"}
    plan = environment.plan(built)
    assert plan.changes
    assert not plan.releases
    environment.deploy(built)
    assert find_drift(environment.ground())[1] == ()


def test_the_image_has_to_be_there_when_only_dags_are_deployed(environment: Environment) -> None:
    built = environment.build("1.0.0", named("daily"))
    with pytest.raises(UsageError, match="is not there yet"):
        environment.plan(built, push=False)
    assert environment.files() == {}


@pytest.mark.parametrize("spoilt", ["state.json", "releases"])
def test_a_record_cut_in_half_is_told_and_can_be_replaced(environment: Environment, spoilt: str) -> None:
    environment.deploy(environment.build("1.0.0", named("daily"), named("gone")))
    folder = environment.dags / ".bigflow/shop"
    path = folder / spoilt if spoilt.endswith("json") else next((folder / spoilt).iterdir())
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    built = environment.build("1.1.0", named("daily"))
    with pytest.raises(RecordDamaged, match="the record cannot be read") as error:
        environment.deploy(built)
    assert "--clear-dags-folder" in error.value.hint
    assert error.value.where.endswith(path.name)
    ground = environment.ground()
    settled = settle(ground.place, ground.ledger, ground.actor, damaged=True)
    entry = perform(ground, plan_deploy(ground, environment.order(built, clear=True), settled.opened), built)
    assert entry is not None
    assert entry.number == 2
    assert set(environment.files()) == {"daily_dag.py"}


def test_the_record_has_what_was_deployed_and_is_json_only(environment: Environment) -> None:
    built = environment.build("1.0.0", named("daily"))
    environment.deploy(built)
    files = [path for path in (environment.dags / ".bigflow").rglob("*") if path.is_file()]
    told = {path.parent.name: json.loads(path.read_text()) for path in files if path.suffix == ".json"}
    assert len(told) == len(files) == 2
    assert json.loads(told["releases"]["manifest"])["commit"] == built.manifest.commit
    assert told["releases"]["specs"]["dags"][0]["dag_id"] == "daily"
    assert told["releases"]["bindings"][0]["version"] == "1.0.0"


def test_artifacts_that_do_not_fit_are_refused(environment: Environment) -> None:
    root = environment.root
    manifest = build(root, Build(specs=(named("daily"),)))
    specs = root / ".dags" / "specs.json"
    specs.write_text(specs.read_text().replace('"retries": 3', '"retries": 4'))
    with pytest.raises(InvalidProject, match=r"specs\.json is not as it was built"):
        read_specs(str(root), manifest, ".dags")
    build(root, Build(code=b"other"))
    with pytest.raises(InvalidProject, match="the image is not the one that was built"):
        find_image(str(root), manifest)
    with pytest.raises(UsageError, match="the manifest is of the project 'shop', and this is 'store'"):
        read_manifest_of(str(root), "store")
    other = build(root, Build(project="other"))
    with pytest.raises(InvalidProject, match="these are DAGs of the project 'shop', not 'other'"):
        read_specs(str(root), other, ".dags")
    (root / "build" / "manifest.json").unlink()
    with pytest.raises(UsageError, match="nothing was built here yet"):
        read_manifest_of(str(root))


def test_an_image_in_an_archive(environment: Environment) -> None:
    """As builds of 1.11 left it; only what was built is taken."""
    root = environment.root
    built = environment.build("1.0.0", named("daily"))
    layout = Layout(str(root / ".image"))
    reference = parse("localhost/shop:1.0.0")
    write_tar(layout.image(LINUX_AMD64), layout.store, str(root / "image.tar"), reference)
    found = find_image(str(root), built.manifest, "image.tar")
    assert found is not None
    assert built.image is not None
    assert found.digest == built.image.digest
    environment.deploy(replace(built, image=found))
    assert f"shop@{found.digest}" in environment.files()["daily_dag.py"]
    other = environment.build("1.1.0", named("daily"))
    with pytest.raises(UsageError, match="the image in the archive is"):
        find_image(str(root), other.manifest, "image.tar")


def test_a_blob_that_was_changed_after_the_build_does_not_arrive(environment: Environment) -> None:
    built = environment.build("1.0.0", named("daily"))
    layer = max((environment.root / ".image/blobs/sha256").iterdir(), key=lambda path: path.stat().st_size)
    layer.chmod(0o644)
    layer.write_bytes(layer.read_bytes()[:-1] + b"!")
    with pytest.raises(BigflowError):
        environment.deploy(built)
    assert environment.files() == {}


def test_what_has_to_be_agreed_to(environment: Environment) -> None:
    environment.deploy(environment.build("1.0.0", named("daily"), named("gone"), named("wf", dag_id="wf__v1")))
    far = NOW - timedelta(days=30)
    specs = (
        named("daily", timetable=Timetable("cron", "0 1 * * *")),
        named("wf", dag_id="wf__v2"),
        named("behind", catchup=True, start_date=far),
        named("recent", catchup=True, start_date=NOW - timedelta(days=9)),
    )
    environment.protected = True
    assert set(environment.plan(environment.build("1.1.0", *specs)).asks) == {
        "prod is protected",
        "the schedule of daily changes",
        "gone is deleted",
        "wf gets another id: wf__v2",
        "behind would begin with 29 runs for the past",
    }


def test_old_releases_are_forgotten(environment: Environment) -> None:
    built = environment.build("1.0.0", named("daily"))
    for number in range(KEPT + 2):
        environment.bindings = replace(environment.bindings, pool=f"pool-{number}")
        environment.deploy(built)
    history = environment.ledger().open().state.history
    assert [entry.number for entry in history] == list(range(3, KEPT + 3))
    assert len(list((environment.dags / ".bigflow/shop/releases").iterdir())) == KEPT
