"""From sources to pods: `bigflow build` and `bigflow deploy`, a real Airflow, and containers of the image they made."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.airflow import airflow_home
from support.cli import bigflow
from support.dag_project import write_package
from support.dag_runs import by_run, execute, parts
from support.debian_base import PYTHON, debian_base
from support.engines import docker
from support.kubernetes_api import Cluster, kubeconfig, kubernetes_api
from support.pod_containers import Containers
from support.provided_airflow import provided_airflow
from support.registry import registry
from support.shop import surroundings

VERSIONS = ("2.10.5", "2.11.2", "3.1.8", "3.3.2")
PYPROJECT = f"""\
[tool.bigflow]
edition = "2026"
name = "shop"
package = "shop"
version = "1.2.0"
python = "{PYTHON}"
image.base = "oci-layout:BASE"
"""
CONFIG = """\
from bigflow.configuration import DeploymentConfig

deployment_config = DeploymentConfig("prod", {
    "dags_bucket": "FOLDER/dags",
    "docker_repository": "HOST/shop",
    "namespace": "jobs",
    "kubernetes_config_file": "FOLDER/kubeconfig",
    "alerts": "none",
})
"""
STEPS = tuple(word for step in ("runtime", "wheel", "image", "dags", "manifest") for word in ("--only", step))
WISHES = [
    {"name": "failing", "dag": "flow", "logical_date": "2026-03-02T03:00:00+00:00"},
    {"name": "fine", "dag": "zoned", "logical_date": "2026-07-02T01:00:00+00:00"},
    {"name": "hungry", "dag": "hungry", "logical_date": "2026-03-02T00:00:00+00:00"},
]
DATELESS = {"name": "dateless", "dag": "unscheduled", "logical_date": None, "conf": {"day": "it's {{ ds }}"}}


@dataclass(frozen=True)
class Deployed:
    """A folder with `dags/` and `kubeconfig`, and the image as an engine has it."""

    folder: Path
    image: str


@dataclass(frozen=True)
class Played:
    """What came of the runs on one Airflow."""

    outcomes: dict[str, dict]
    told: dict[str, list[dict]]  # by run id
    logs: dict[str, str]
    cluster: Cluster

    def states(self, name: str) -> dict[str, tuple[str, int]]:
        return {job: (task["state"], task["tries"]) for job, task in self.outcomes[name]["tasks"].items()}

    def of(self, name: str) -> list[dict]:
        return self.told[self.outcomes[name]["run_id"]]


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Built and deployed as a user does it; the engine got the image from the registry, as nodes do."""
    program, (base, _) = docker(), debian_base()
    folder = tmp_path_factory.mktemp("deployed")
    root = write_package(folder / "shop")
    home = surroundings(folder / "home")
    with registry(folder / "registry") as running:
        (root / "pyproject.toml").write_text(PYPROJECT.replace("BASE", base.folder))
        (root / "deployment_config.py").write_text(CONFIG.replace("FOLDER", str(folder)).replace("HOST", running.host))
        for words in (("build", *STEPS), ("deploy", "-c", "prod", "--yes")):
            done = bigflow(*words, cwd=root, env=home, timeout=300)
            assert done.code == 0, done.err + done.out
        artifacts = json.loads((root / "build" / "manifest.json").read_text())["artifacts"]
        (digest,) = (one["sha256"] for one in artifacts if one["kind"] == "image")
        image = f"{running.host}/shop@sha256:{digest}"
        subprocess.run([program, "pull", "--quiet", image], check=True, capture_output=True)
    yield Deployed(folder, image)
    subprocess.run([program, "image", "rm", "--force", image], capture_output=True)


@pytest.fixture(scope="module", params=VERSIONS)
def played(
    request: pytest.FixtureRequest, deployed: Deployed, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Played]:
    version, home = request.param, tmp_path_factory.mktemp(f"airflow-{request.param}")
    python = provided_airflow(version)
    told = home / "told" / "lines"
    told.parent.mkdir()
    told.touch()
    for path, mode in ((told.parent, 0o777), (told, 0o666)):  # who runs in the image is nobody here
        path.chmod(mode)
    runs = Containers(mounts={told.parent: "/told"}, env={"TOLD": "/told/lines"})
    with ExitStack() as stack:
        cluster, address = stack.enter_context(kubernetes_api(runs, {"bf-password": {"bf_password": "sesame"}}))
        (deployed.folder / "kubeconfig").write_text(kubeconfig(address))
        wishes = [*WISHES, *([] if version.startswith("2.") else [DATELESS])]
        outcomes, log = execute(python, deployed.folder / "dags", wishes, airflow_home(home))
        yield Played({one["name"]: one for one in outcomes}, by_run(told), parts(log), cluster)


def test_pods_are_containers_of_the_image_that_was_built(played: Played, deployed: Deployed) -> None:
    images = {pod["spec"]["containers"][0]["image"] for pod in played.cluster.requested}
    assert images == {deployed.image}
    assert played.cluster.refused == []


def test_a_run_that_succeeds(played: Played) -> None:
    assert played.outcomes["fine"]["state"] == "success"
    (one,) = played.of("fine")
    assert (one["runtime"], one["env"]) == ("2026-07-01 03:00:00+02:00", "prod")


def test_a_failing_job_is_retried_and_what_needs_it_is_not_run(played: Played) -> None:
    assert played.outcomes["failing"]["state"] == "failed"
    assert [one["job"] for one in played.of("failing")] == ["first", "fails", "fails", "after_all"]
    assert {job: state for job, (state, _) in played.states("failing").items()} == {
        "first": "success",
        "fails": "failed",
        "not_run": "upstream_failed",
        "after_all": "success",
    }


def test_what_a_job_is_told_in_its_container(played: Played) -> None:
    first = played.of("failing")[0]
    assert (first["runtime"], first["end"]) == ("2026-03-01 03:00:00", "2026-03-02 03:00:00")
    assert (first["secret"], first["own"]) == ("sesame", "100% {{ ds }} 'quoted' \nż.json")
    assert first["params"]["name"] == "it's {{ ds }}"
    assert first["types"]["options"] == "dict"
    assert first["labels"]["bigflow-version"] == "1.2.0"


def test_what_it_prints_and_why_it_failed_are_in_the_log_of_the_task(played: Played) -> None:
    assert "first is told 2026-03-01 03:00:00" in played.logs["failing"]
    assert "ValueError: fails cannot be done" in played.logs["failing"]


def test_a_container_killed_for_memory_says_so(played: Played) -> None:
    assert played.states("hungry")["eats"][0] == "failed"
    assert "OOMKilled" in played.logs["hungry"]
    assert "was given" not in played.logs["hungry"]


def test_a_run_without_any_date(played: Played) -> None:
    if "dateless" in played.outcomes:
        assert played.outcomes["dateless"]["state"] == "success"
        (one,) = played.of("dateless")
        assert one["params"] == {"day": "it's {{ ds }}"}


def test_no_container_is_left(played: Played) -> None:
    told = subprocess.run([docker(), "ps", "--all", "--format", "{{.Names}}"], capture_output=True, text=True)
    assert not [name for name in told.stdout.split() if name.startswith("bigflow-test-")]
