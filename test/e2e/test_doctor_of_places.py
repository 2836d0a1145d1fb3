"""`bigflow doctor -c prod` asks buckets and registries what a deploy would ask, and leaves them as they are."""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from support.built import Build, named, stage
from support.cli import Result, bigflow
from support.google_storage import GoogleStorage, google_storage, served
from support.object_store import ask, moto
from support.registry import PASSWORD, USER, RunningRegistry, registry

from bigflow.errors import ExitCode

CONFIG = "from bigflow import Config\ndeployment_config = Config('prod', {values!r})\n"
DAGS = ("list DAGs", "write DAGs", "delete DAGs", "read records", "write records")
IMAGES = ("pull images", "push images")
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "a-planted-secret",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@pytest.fixture
def gs() -> Iterator[GoogleStorage]:
    with google_storage("ours") as there:
        there.buckets["ours"] = {}
        yield there


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    with registry(tmp_path_factory.mktemp("registry"), tls=True, passwords=True) as running:
        yield running


def docker_config(folder: Path, host: str, password: str) -> dict[str, str]:
    """A machine that has logged in there."""
    folder.mkdir(exist_ok=True)
    auth = b64encode(f"{USER}:{password}".encode()).decode()
    (folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": auth}}}))
    return {"DOCKER_CONFIG": str(folder)}


def examined(folder: Path, values: Mapping[str, object], env: Mapping[str, str] | None = None) -> dict[str, dict]:
    """What doctor says of the places, by what a deploy does there; also that the exit code fits."""
    here = stage(folder / "stage", Build(specs=(named("daily"),)), CONFIG.format(values=dict(values)))
    result = bigflow("doctor", "-c", "prod", "--json", cwd=here, env=env)
    (places,) = (part for part in json.loads(result.out) if part["title"] == "what a deploy does in prod")
    wrong = any(check["state"] != "ok" for check in places["checks"])
    assert result.code == (ExitCode.USAGE if wrong else ExitCode.OK), result
    assert_no_secret(result)
    return {check["title"]: check for check in places["checks"]}


def assert_no_secret(result: Result) -> None:
    said = result.out + result.err
    shown = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    assert not any(secret in said for secret in (PASSWORD, "a-planted-secret", shown))


def states(checks: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {title: check["state"] for title, check in checks.items()}


def google(there: GoogleStorage, **changes: object) -> dict[str, object]:
    values = {"dags_bucket": "ours", "storage_endpoint": there.endpoint, "storage_anonymous": True}
    return {**values, "docker_repository": "oci-layout:images", **changes}


def test_all_is_allowed_and_nothing_is_changed(gs: GoogleStorage, closed: RunningRegistry, tmp_path: Path) -> None:
    values = google(gs, docker_repository=f"{closed.host}/team/shop", ca_file=closed.ca_file)
    before = sorted(closed.folder.rglob("data/**"))
    found = examined(tmp_path, values, docker_config(tmp_path / "docker", closed.host, PASSWORD))
    assert states(found) == dict.fromkeys((*DAGS, *IMAGES), "ok")
    assert gs.buckets == {"ours": {}}
    assert sorted(closed.folder.rglob("data/**")) == before


@pytest.mark.parametrize(
    ("permission", "fails"),
    [
        ("storage.objects.list", {"list DAGs"}),
        ("storage.objects.get", {"read records"}),
        ("storage.objects.create", {"write DAGs", "write records"}),
        ("storage.objects.delete", {"delete DAGs"}),
    ],
)
def test_each_permission_that_is_missing_is_named(
    gs: GoogleStorage, permission: str, fails: set[str], tmp_path: Path
) -> None:
    gs.denied = {permission}
    found = examined(tmp_path, google(gs))
    assert {title for title, check in found.items() if check["state"] == "wrong"} >= fails
    for title in fails:
        assert permission in found[title]["detail"] + found[title]["hint"]
    assert gs.buckets == {"ours": {}}


def test_a_bucket_that_is_not_there_is_told_once(gs: GoogleStorage, tmp_path: Path) -> None:
    found = examined(tmp_path, google(gs, dags_bucket="theirs"))
    assert states(found) == {"list DAGs": "wrong", "pull images": "ok", "push images": "ok"}
    assert found["list DAGs"]["detail"] == "there is no bucket gs://theirs"


def test_no_credentials(gs: GoogleStorage, tmp_path: Path) -> None:
    found = examined(tmp_path, google(gs, storage_anonymous=False), {"NO_GCE_CHECK": "true"})
    assert states(found) == {"list DAGs": "wrong", "pull images": "ok", "push images": "ok"}
    assert found["list DAGs"]["detail"].startswith("there are no Google credentials here")
    assert found["list DAGs"]["hint"] == "gcloud auth application-default login"


def test_credentials_that_are_not_accepted(gs: GoogleStorage, tmp_path: Path) -> None:
    gs.tokens = {"another one"}
    found = examined(tmp_path, google(gs))
    assert "does not accept the credentials" in found["list DAGs"]["detail"]


def test_s3(tmp_path: Path) -> None:
    with moto("ours") as endpoint:
        values = {"dags_bucket": "s3://ours/dags", "storage_endpoint": endpoint, "docker_repository": "oci-layout:i"}
        assert states(examined(tmp_path, values, KEYS)) == dict.fromkeys((*DAGS, *IMAGES), "ok")
        assert ask(endpoint, "HEAD", "/ours/dags/bigflow-doctor") == 404
        found = examined(tmp_path, {**values, "dags_bucket": "s3://theirs/dags"}, KEYS)
        assert found["list DAGs"]["detail"] == "there is no bucket s3://theirs"
        nobody = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_DEFAULT_REGION": "us-east-1"}
        found = examined(tmp_path, values, nobody)
        assert found["list DAGs"]["detail"] == "there are no AWS credentials here"
        assert states(found) == {"list DAGs": "wrong", "pull images": "ok", "push images": "ok"}


@pytest.mark.parametrize("password", ["", "a wrong one"])
def test_a_registry_that_does_not_know_us(
    gs: GoogleStorage, closed: RunningRegistry, password: str, tmp_path: Path
) -> None:
    values = google(gs, docker_repository=f"{closed.host}/shop", ca_file=closed.ca_file)
    found = examined(tmp_path, values, docker_config(tmp_path / "docker", closed.host, password) if password else {})
    assert states(found) == {**dict.fromkeys(DAGS, "ok"), **dict.fromkeys(IMAGES, "wrong")}
    for what in IMAGES:
        assert "does not know us" in found[what]["detail"]
        assert found[what]["hint"] == f"docker login {closed.host}"


def test_a_registry_that_is_down(gs: GoogleStorage, tmp_path: Path) -> None:
    found = examined(tmp_path, google(gs, docker_repository="127.0.0.1:9/shop"))
    assert states(found) == {**dict.fromkeys(DAGS, "ok"), "pull images": "wrong"}
    assert "127.0.0.1:9 cannot be reached" in found["pull images"]["detail"]
    assert found["pull images"]["hint"]


def test_a_repository_that_takes_nothing_from_us(gs: GoogleStorage, tmp_path: Path) -> None:
    """A registry that one may pull from, and not push to, and one that knows no such repository."""
    statuses = {"reader": (403, "denied"), "absent": (404, "name unknown")}

    def answer(method: str, path: str, *_: object) -> tuple[int, dict[str, str], bytes]:
        if path == "/v2/":
            return 200, {}, b"{}"
        status, told = statuses[path.split("/")[2]] if method == "PUT" else (404, "manifest unknown")
        return status, {}, json.dumps({"errors": [{"message": told}]}).encode()

    with served(answer) as endpoint:
        host = endpoint.removeprefix("http://")
        for name, message in (("reader", "does not allow PUT"), ("absent", f"there is no repository {host}/absent")):
            found = examined(tmp_path, google(gs, docker_repository=f"{host}/{name}"))
            assert states(found) == {**dict.fromkeys(DAGS, "ok"), "pull images": "ok", "push images": "wrong"}
            assert message in found["push images"]["detail"]
            assert found["push images"]["hint"]


def test_what_nobody_said_is_missing(tmp_path: Path) -> None:
    found = examined(tmp_path, {"dags_bucket": None})
    assert states(found) == {"dags_bucket missing": "missing", "docker_repository missing": "missing"}
    assert "bf_docker_repository" in found["docker_repository missing"]["hint"]
