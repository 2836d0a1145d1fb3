"""A deploy to a bucket and a registry: what moves, what is asked, and what is there after faults and kills."""

import os
import re
import signal
import subprocess
import threading
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from support.built import Build, named, stage
from support.cli import COLUMNS, Result, bigflow, bigflow_at_terminal, start
from support.fault_proxy import Fault, fault_proxy
from support.google_storage import GoogleStorage, google_storage
from support.object_store import moto
from support.registry import PASSWORD, USER, RunningRegistry, registry
from support.screen import ScreenShown
from support.slow_line import slow_line
from support.vault import SECRET, vault

from bigflow.errors import ExitCode
from bigflow.storage import Access, Amazon, AmazonKeys, Anonymous, Store, open_store

OLD = Build("1.0.0", specs=(named("daily"), named("weekly"), named("gone")), code=b"old", size=200_000)
NEW = Build("1.1.0", specs=(named("daily"), named("weekly"), named("fresh")), code=b"new", size=200_000)
CONFIG = "from bigflow import Config\ndeployment_config = Config('prod', {values})\n"
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "a-planted-secret",
    "AWS_DEFAULT_REGION": "us-east-1",
}
_number = count(1)


@dataclass
class Cloud:
    """A bucket and a registry, with what a command is told of them."""

    folder: Path
    bucket: str
    endpoint: str
    repository: str
    access: Access
    env: dict[str, str] = field(default_factory=dict)

    def stage(self, made: Build, endpoint: str = "") -> Path:
        values = {
            "dags_bucket": self.bucket,
            "docker_repository": self.repository,
            "storage_endpoint": endpoint or self.endpoint,
            "storage_anonymous": isinstance(self.access.who, Anonymous),
        }
        return stage(self.folder / f"stage-{made.version}", made, CONFIG.replace("{values}", repr(values)))

    def run(self, *words: str, made: Build = NEW, endpoint: str = "") -> Result:
        return bigflow(*words, cwd=self.stage(made, endpoint), env=self.env)

    def store(self) -> Store:
        return open_store(self.bucket.removesuffix("/dags"), self.access)

    def files(self) -> dict[str, str]:
        store = self.store()
        return {one.name: store.read(one.name).content.decode() for one in store.listing("dags")}


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    with registry(tmp_path_factory.mktemp("registry")) as running:
        yield running


@pytest.fixture
def google(tmp_path: Path, images: RunningRegistry) -> Iterator[tuple[Cloud, GoogleStorage]]:
    with google_storage("ours") as there:
        access = Access(Anonymous(), there.endpoint)
        yield (
            Cloud(tmp_path, "gs://ours/dags", there.endpoint, f"{images.host}/team/shop{next(_number)}", access),
            there,
        )


@pytest.fixture
def amazon(tmp_path: Path, images: RunningRegistry) -> Iterator[Cloud]:
    with moto("ours") as endpoint:
        who = Amazon(keys=AmazonKeys(KEYS["AWS_ACCESS_KEY_ID"], KEYS["AWS_SECRET_ACCESS_KEY"]))
        access = Access(who, endpoint)
        yield Cloud(
            tmp_path, "s3://ours/airflow/dags", endpoint, f"{images.host}/team/shop{next(_number)}", access, KEYS
        )


@pytest.fixture(params=["google", "amazon"])
def cloud(request: pytest.FixtureRequest) -> Cloud:
    found = request.getfixturevalue(request.param)
    return found[0] if isinstance(found, tuple) else found


def test_the_whole_life(cloud: Cloud) -> None:
    cloud.store().write("dags/theirs_dag.py", b"# somebody's")
    assert cloud.run("deploy", made=OLD).code == ExitCode.OK
    old = cloud.files()
    assert set(old) == {f"dags/{name}_dag.py" for name in ("daily", "weekly", "gone", "theirs")}
    assert re.search(rf"{cloud.repository}@sha256:[0-9a-f]{{64}}", old["dags/daily_dag.py"])
    assert cloud.run("deploy", "--plan", "--exit-code", made=OLD).code == ExitCode.OK
    done = cloud.run("deploy", "--yes")
    assert done.code == ExitCode.OK, done.err
    assert "3 blobs" in done.err  # configuration, manifest, the layer that changed
    assert set(cloud.files()) == {f"dags/{name}_dag.py" for name in ("daily", "weekly", "fresh", "theirs")}
    assert cloud.run("rollback").code == ExitCode.OK
    assert cloud.files() == old
    assert cloud.run("drift", "--exit-code").code == ExitCode.OK
    assert cloud.run("undeploy", "-w", "gone").code == ExitCode.OK
    assert set(cloud.files()) == {f"dags/{name}_dag.py" for name in ("daily", "weekly", "theirs")}


def test_nothing_changed_is_one_listing_and_two_more_requests_a_target(
    google: tuple[Cloud, GoogleStorage], images: RunningRegistry
) -> None:
    cloud, there = google
    cloud.run("deploy")
    there.requests.clear()
    before = len(images.log.read_text().splitlines())
    assert cloud.run("deploy", "--plan", "--exit-code").code == ExitCode.OK
    lists = [request for request in there.requests if "/o?" in request]
    assert (len(lists), len(there.requests)) == (1, 3)
    assert len([line for line in images.log.read_text().splitlines()[before:] if '"HEAD ' in line]) <= 2


def killed_at(cloud: Cloud, point: int, endpoint: str) -> tuple[int, int]:
    """Deploy through a proxy that kills the process when its request of this number arrives."""
    with fault_proxy(endpoint) as proxy:
        arrived = threading.Event()
        process: list[subprocess.Popen[str]] = []

        def plan(number: int, method: str, path: str) -> Fault | None:
            if number >= point:
                arrived.wait(10)
                os.kill(process[0].pid, signal.SIGKILL)
                return Fault.CUT_BEFORE
            return None

        proxy.plan = plan
        here = cloud.stage(NEW, proxy.endpoint)
        process.append(start("deploy", "--yes", cwd=here, env=cloud.env))
        arrived.set()
        process[0].communicate(timeout=60)
        return process[0].returncode, len(proxy.requests)


def test_killed_at_each_request_the_next_command_clears_up(google: tuple[Cloud, GoogleStorage]) -> None:
    cloud, there = google
    cloud.run("deploy", made=OLD)
    old, kept = cloud.files(), dict(there.buckets["ours"])
    cloud.run("deploy", "--yes")
    new = cloud.files()
    seen = []
    for point in range(40):
        there.buckets["ours"] = dict(kept)
        code, _ = killed_at(cloud, point, there.endpoint)
        listed = cloud.run("releases")
        assert listed.code == ExitCode.OK, listed.err
        assert cloud.files() in (old, new), point
        seen.append(cloud.files() == new)
        assert "is at work" not in listed.err
        if code == 0:
            break
    assert len(seen) > 10
    assert seen == sorted(seen)
    assert seen[-1]


@pytest.mark.parametrize("fault", [Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.BUSY_AFTER])
def test_a_request_that_fails_once_is_made_again(google: tuple[Cloud, GoogleStorage], fault: Fault) -> None:
    cloud, there = google
    cloud.run("deploy", made=OLD)
    kept = dict(there.buckets["ours"])
    cloud.run("deploy", "--yes")
    new = cloud.files()
    point, requests = 0, 1
    while point < requests:
        there.buckets["ours"] = dict(kept)
        with fault_proxy(there.endpoint) as proxy:
            proxy.plan = lambda number, method, path, point=point: fault if number == point else None
            done = cloud.run("deploy", "--yes", endpoint=proxy.endpoint)
            requests = len(proxy.requests)
        assert done.code == ExitCode.OK, (point, done.err)
        assert cloud.files() == new
        point += 3  # the others are tried in test/unit/deployer/test_faults.py
    assert requests > 10


def test_each_request_to_a_registry_fails_once(google: tuple[Cloud, GoogleStorage], tmp_path: Path) -> None:
    cloud, _ = google
    with registry(tmp_path / "other") as other:
        requests, point = 1, 0
        while point < requests:

            def plan(number: int, method: str, path: str, point: int = point) -> Fault | None:
                return Fault.CUT_AFTER if number == point else None

            with fault_proxy(f"http://{other.host}", plan) as proxy:
                made = Build(f"1.{point}.0", specs=(named("daily"),), code=f"{point}".encode())
                cloud.repository = f"{proxy.endpoint.removeprefix('http://')}/shop"
                done = cloud.run("deploy", made=made)
                requests = len(proxy.requests)
                assert done.code == ExitCode.OK, (point, done.err)
                assert cloud.run("drift", "--exit-code", made=made).code == ExitCode.OK
            point += 4
    assert requests > 8


@pytest.mark.parametrize(
    "permission", ["storage.objects.list", "storage.objects.get", "storage.objects.create", "storage.objects.delete"]
)
def test_without_a_permission(google: tuple[Cloud, GoogleStorage], permission: str) -> None:
    cloud, there = google
    cloud.run("deploy", made=OLD)
    old = cloud.files()
    there.denied.add(permission)
    done = cloud.run("deploy", "--yes")
    assert done.code == ExitCode.OUTSIDE
    assert permission in done.err
    there.denied.clear()
    cloud.run("releases")
    assert cloud.files() == old
    assert cloud.run("deploy", "--yes").code == ExitCode.OK


def test_a_bucket_that_does_not_exist(google: tuple[Cloud, GoogleStorage]) -> None:
    cloud, _ = google
    cloud.bucket = "gs://nowhere/dags"
    done = cloud.run("deploy")
    assert done.code == ExitCode.OUTSIDE
    assert "nowhere" in done.err


def test_tls_and_passwords_of_a_registry(google: tuple[Cloud, GoogleStorage], tmp_path: Path) -> None:
    cloud, _ = google
    with registry(tmp_path / "closed", tls=True, passwords=True) as closed:
        cloud.repository = f"{closed.host}/shop"
        refused = cloud.run("deploy", "--ca-file", closed.ca_file)
        assert refused.code == ExitCode.OUTSIDE
        assert "docker login" in refused.err
        (tmp_path / "docker").mkdir()
        secret = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        (tmp_path / "docker/config.json").write_text(f'{{"auths": {{"{closed.host}": {{"auth": "{secret}"}}}}}}')
        cloud.env = {"DOCKER_CONFIG": str(tmp_path / "docker")}
        done = cloud.run("deploy", "--ca-file", closed.ca_file)
        assert done.code == ExitCode.OK, done.err
        assert PASSWORD not in done.err + done.out
        untrusted = cloud.run("deploy", "--plan")
        assert untrusted.code == ExitCode.OUTSIDE


def test_a_token_of_a_vault_that_ends_is_asked_for_anew(google: tuple[Cloud, GoogleStorage]) -> None:
    cloud, there = google
    there.tokens = {"ya29.second"}
    with vault() as source:
        cloud.access = Access(Amazon())  # not anonymous
        cloud.env = {"bf_vault_secret": SECRET}
        words = ("deploy", "--auth-method", "vault", "--vault-endpoint", source.endpoint)
        done = cloud.run(*words)
    assert done.code == ExitCode.OK, done.err
    assert source.given == 2
    assert "ya29" not in done.err


def test_two_at_once(google: tuple[Cloud, GoogleStorage]) -> None:
    """Exactly one makes the release; the other is told, or finds nothing left to do."""
    cloud, there = google
    cloud.run("deploy", made=OLD)
    with fault_proxy(there.endpoint, delay=0.02) as proxy:
        here = cloud.stage(NEW, proxy.endpoint)
        processes = [start("deploy", "--yes", cwd=here, env=cloud.env) for _ in range(3)]
        ended = [(process.communicate(timeout=60)[1], process.returncode) for process in processes]
    applied = [words for words, code in ended if "Applied release 2" in words]
    assert len(applied) == 1, ended
    for words, code in ended:
        assert code == ExitCode.OK or "has been at work here" in words or "made release 2 meanwhile" in words


def test_a_push_is_watched_at_a_terminal_and_logged_elsewhere(images: RunningRegistry, tmp_path: Path) -> None:
    """Sixteen megabytes over a line of eight a second."""
    with slow_line(images.host, 8_000_000) as near:
        values = {"docker_repository": f"{near}/slow"}
        config = CONFIG.replace("{values}", repr(values))
        here = stage(tmp_path / "stage", Build(size=16_000_000), config)
        shown = bigflow_at_terminal("deploy-image", cwd=here)
        assert shown.code == ExitCode.OK, shown.out
        screen = ScreenShown(COLUMNS)
        drawn = set()
        for piece in re.split(r"(?<=\n)", shown.out):
            screen.write(piece)
            drawn.update(screen.shown)
        assert any(re.fullmatch(r"  [|/\\-]   sha256:[0-9a-f]{11}…   .+ of 16 MB", line) for line in drawn), drawn
        whole = r"  \d of 4 blobs   .+ of 16 MB   \d+%   \d.* [kM]B/s   \d\.\d s"
        assert any(re.fullmatch(whole, line) for line in drawn), drawn
        first, last = (line for line in screen.shown if line)
        assert first.startswith("+ image   ")
        assert re.fullmatch(r"image .+/slow@sha256:[0-9a-f]{12} is there: 16 MB moved, .+ MB/s, .+ s", last), last
        values["docker_repository"] += "-log"
        stage(here, Build(size=16_000_000), CONFIG.replace("{values}", repr(values)))
        logged = bigflow("deploy-image", cwd=here)
        assert "\x1b" not in logged.err
        assert [line.partition(" ")[0] for line in logged.err.splitlines()] == ["+", "moving", "image"]
        assert bigflow("deploy-image", "--json", "--yes", cwd=here).err == ""
