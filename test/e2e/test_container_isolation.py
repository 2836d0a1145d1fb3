"""`bigflow run --isolation container`: attempts in the built image, by a real engine."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.cli import Result, bigflow, start
from support.engines import docker
from support.own_dockerfile import build, write_project

WORKFLOW = """\
import os, sys, time
from bigflow import Workflow, job

def say(text):  # in one go: the engine joins two streams
    os.write(1, text.encode() + b"\\n")

@job(retry_count=0)
def tell(context):
    say(f"run {context.run_id and 'has an id'} env {context.env} of {context.params['country']}")
    say(f"secret {os.environ.get('BF_TOKEN')} undeclared {os.environ.get('BF_OTHER')}")
    say(f"declared {os.environ.get('MODE')} home {os.path.exists('/.dockerenv')}")

@job(retry_count=0)
def broken(context):
    {}["prise"]

@job(retry_count=0, resources={"memory": "64Mi", "cpu": "500m"})
def greedy(context):
    say("eating")
    bytearray(200 << 20)

@job(retry_count=0, execution_timeout_sec=1)
def slow(context):
    time.sleep(60)

@job(retry_count=0, execution_timeout_sec=1)
def stubborn(context):
    import signal
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    time.sleep(60)

@job(retry_count=0)
def long(context):
    say("begun")
    try:
        time.sleep(60)
    finally:
        say("put in order")

@job(retry_count=0)
def reader(context):
    say("read " + open("/data/in.txt").read())
    try:
        open("/data/in.txt", "w")
    except OSError as error:
        say("write " + error.strerror)

@job(retry_count=0)
def leaver(context):
    sys.exit(3)

@job(retry_count=0)
def note(context):
    with open("/notes/days", "a") as file:
        file.write(f"{context.runtime_str} {os.environ.get('BF_TOKEN')}\\n")
    if context.runtime_str.startswith("2026-01-03") and not os.path.exists("/notes/mended"):
        raise ValueError("the third is damaged")

tell.environment = {"MODE": "x y"}
notes = Workflow(workflow_id="notes", schedule_interval="@daily", start_date="2026-01-01", secrets=["bf_token"],
                 max_active_runs=2, definition=[note])
daily = Workflow(
    workflow_id="daily", schedule_interval="@daily", secrets=["bf_token"], params={"country": "PL"},
    definition=[tell, broken, greedy, slow, stubborn, long, reader, leaver],
)
"""
SECRET = "correct-horse-battery"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project with its image, built once for all these tests."""
    program = docker()
    folder = tmp_path_factory.mktemp("isolation")
    root = write_project(folder / "shop", {"shop/workflow.py": WORKFLOW})
    built = build(root)
    assert built.code == 0, built.err
    yield root
    subprocess.run([program, "image", "rm", "--force", "shop:1.0.0"], capture_output=True)


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    before = containers()
    yield
    assert containers() == before


def containers() -> set[str]:
    if not shutil.which("docker"):
        return set()
    told = subprocess.run(["docker", "ps", "--all", "--format", "{{.Names}}"], capture_output=True, text=True)
    return {name for name in told.stdout.split() if re.match(r"bigflow-[0-9a-f]{8}-", name)}


def environment(root: Path) -> dict[str, str]:
    return {"XDG_CACHE_HOME": str(root.parent / "cache"), "BF_TOKEN": SECRET, "BF_OTHER": "not for pods"}


def run(root: Path, job: str, *words: str) -> Result:
    options = ("--isolation", "container", "-r", "2026-01-02", *words)
    return bigflow("run", "-j", f"daily.{job}", *options, cwd=root, env=environment(root))


def test_it_is_the_pod_with_its_command_and_its_variables(project: Path) -> None:
    ran = run(project, "tell", "-c", "dev", "-p", "country=DE")
    assert ran.code == 0, ran.err
    assert "run has an id env dev of DE" in ran.err
    assert f"secret {SECRET} undeclared None" in ran.err
    assert "declared x y home True" in ran.err


def test_a_secret_is_in_no_list_of_processes(project: Path) -> None:
    with start(
        *("run", "-j", "daily.long", "--isolation", "container"), cwd=project, env=environment(project)
    ) as process:
        try:
            wait_for_container()
            seen = b"".join(path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists())
            assert b"BF_TOKEN" in seen
            assert SECRET.encode() not in seen
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def test_why_it_failed(project: Path) -> None:
    ran = run(project, "broken")
    assert ran.code == 1
    assert re.search(r"FAIL broken .*\n +KeyError: 'prise'   shop/workflow\.py:\d+\n", ran.err)
    assert "exit(3)" in run(project, "leaver").err


def test_killed_for_memory(project: Path) -> None:
    ran = run(project, "greedy")
    assert ran.code == 1
    assert "killed for memory: limit 64Mi" in ran.err


@pytest.mark.parametrize("job", ["slow", "stubborn"])
def test_its_time_limit(project: Path, job: str) -> None:
    began = time.monotonic()
    ran = run(project, job)
    assert ran.code == 1
    assert "TimedOut: longer than execution_timeout_sec=1" in ran.err
    assert time.monotonic() - began < 15


def wait_for_container() -> None:
    for _ in range(200):
        if containers():
            return
        time.sleep(0.05)
    raise AssertionError("no container began")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_reaches_the_job_and_ends_it(project: Path, number: signal.Signals, code: int) -> None:
    words = ("run", "-j", "daily.long", "--isolation", "container")
    with start(*words, cwd=project, env=environment(project)) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "begun" in line:
                break
        began = time.monotonic()
        process.send_signal(number)
        rest = process.stderr.read()
        assert process.wait(30) == code
    assert "put in order" in rest
    assert time.monotonic() - began < 10


def test_a_file_that_is_mounted_on_request(project: Path, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("from outside")
    ran = run(project, "reader", "--mount", f"{tmp_path}/in.txt:/data/in.txt:ro")
    assert ran.code == 0, ran.err
    assert "read from outside" in ran.err
    assert "Read-only file system" in ran.err


@pytest.mark.parametrize("mount", ["", "nowhere", "a:b", "/etc/passwd:/x:rx", "/no/such/file:/x"])
def test_a_mount_that_is_none(project: Path, mount: str) -> None:
    ran = run(project, "tell", "--mount", mount)
    assert ran.code == 2
    assert "--mount" in ran.err


def test_mounts_are_for_containers(project: Path) -> None:
    ran = bigflow("run", "-w", "daily", "--mount", "/tmp:/x", cwd=project)
    assert (ran.code, "--mount is for containers" in ran.err) == (2, True)


def test_an_image_that_is_older_than_the_sources_is_told(project: Path) -> None:
    assert "older than" not in run(project, "tell").err
    csv = project / "resources/orders.csv"
    before = csv.read_text()
    csv.write_text("3,4\n")
    try:
        ran = run(project, "tell")
    finally:
        csv.write_text(before)
    assert "the image is older than resources/orders.csv; to have it in there: bigflow build" in ran.err


def test_an_image_of_another_version_than_the_sources_is_told(project: Path) -> None:
    pyproject = project / "pyproject.toml"
    before = pyproject.read_text()
    assert "the sources are" not in run(project, "tell").err
    pyproject.write_text(before.replace('version = "1.0.0"', 'version = "1.1.0"'))
    try:
        ran = run(project, "tell")
    finally:
        pyproject.write_text(before)
    assert ran.code == 0
    assert "the image is version 1.0.0, and the sources are 1.1.0; to have these: bigflow build" in ran.err


def test_a_whole_workflow_side_by_side(project: Path) -> None:
    words = ("--only", "tell", "--only", "broken", "--parallel", "2", "--isolation", "container")
    ran = bigflow("run", "-w", "daily", *words, cwd=project, env=environment(project))
    assert ran.code == 1
    assert "1 succeeded, 1 failed" in ran.err


def test_the_engine_is_given_the_image_again_when_it_lost_it(project: Path) -> None:
    assert run(project, "tell").code == 0
    digest = next(
        one["sha256"]
        for one in json.loads((project / "build/manifest.json").read_text())["artifacts"]
        if one["kind"] == "image"
    )
    name = f"localhost/bigflow/shop:{digest[:12]}"
    subprocess.run(["docker", "image", "rm", "--force", name, "shop:1.0.0"], check=True, capture_output=True)
    assert run(project, "tell").code == 0
    assert subprocess.run(["docker", "image", "inspect", name], capture_output=True).returncode == 0


def backfill(root: Path, *words: str) -> Result:
    options = ("-w", "notes", "--start", "2026-01-01", "--end", "2026-01-04", "--isolation", "container")
    return bigflow("backfill", *options, *words, cwd=root, env=environment(root), timeout=120)


def test_a_backfill_in_containers(project: Path, tmp_path: Path) -> None:
    """Each period with its own runtime, the secrets, what is mounted, and a next command that has all of it."""
    notes = tmp_path / "notes"
    notes.mkdir()
    notes.chmod(0o777)  # the image has a user of its own
    mount = ("--mount", f"{notes}:/notes")
    failed = backfill(project, *mount)
    assert failed.code == 1, failed.err
    assert "the third is damaged" in failed.err
    assert "3 succeeded, 1 failed" in failed.err
    assert f"--isolation container --rerun failed --mount {notes}:/notes" in failed.err
    (notes / "mended").touch()
    assert backfill(project, *mount, "--rerun", "failed").code == 0
    days = sorted((notes / "days").read_text().splitlines())
    wanted = [f"2026-01-0{day} 00:00:00 {SECRET}" for day in (1, 2, 3, 3, 4)]
    assert days == wanted


def test_a_backfill_with_nothing_to_do_needs_no_engine(project: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    notes.chmod(0o777)
    (notes / "mended").touch()
    assert backfill(project, "--mount", f"{notes}:/notes", "--rerun", "all").code == 0
    (tmp_path / "bin").mkdir()
    variables = {**environment(project), "PATH": str(tmp_path / "bin")}
    words = ("-w", "notes", "--start", "2026-01-01", "--end", "2026-01-04", "--isolation", "container")
    ran = bigflow("backfill", *words, cwd=project, env=variables)
    assert ran.code == 0, ran.err
    assert "4 kept" in ran.err


def test_a_backfill_that_is_stopped_leaves_no_container(project: Path) -> None:
    words = ("-w", "daily", "--start", "2026-01-01", "--end", "2026-01-03", "--isolation", "container")
    with start("backfill", *words, "--parallel-runs", "2", cwd=project, env=environment(project)) as process:
        wait_for_container()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130


def test_without_an_image(tmp_path: Path) -> None:
    root = write_project(tmp_path / "shop", {"shop/workflow.py": WORKFLOW})
    ran = run(root, "tell")
    assert ran.code == 2
    assert "there is no image of this project yet" in ran.err
    assert "bigflow build" in ran.err


def test_without_an_engine(project: Path, tmp_path: Path) -> None:
    variables = {**environment(project), "PATH": str(tmp_path)}
    ran = bigflow("run", "-j", "daily.tell", "--isolation", "container", cwd=project, env=variables)
    assert ran.code == 4
    assert "docker is not installed; podman is not installed" in ran.err
    assert os.path.exists(project / ".image")
