"""`bigflow build --target emr`, `--clean`, `check` and `deploy` of a bundle, as users see them."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support.cli import Result, bigflow
from support.shop import PYPROJECT, shop, surroundings
from support.snapshots import Snapshot

from bigflow.errors import ExitCode

TABLE = "\n[tool.bigflow.emr]\n"
SCRIPT = {"entry_script/run_main.py": "from shop.workflow import daily\n\nprint(daily.workflow_id)\n"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one build has put into the machine's cache serves the next."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return shop(tmp_path / "project", **{"pyproject.toml": PYPROJECT + TABLE, **SCRIPT})


def run(root: Path, home: Path, *words: str) -> Result:
    return bigflow(*words, cwd=root, env=surroundings(home), timeout=300)


def build(root: Path, home: Path, *words: str) -> Result:
    return run(root, home, "build", "--target", "emr", "--parallel", "1", *words)


def test_from_sources_to_the_bundle(root: Path, home: Path, snapshot: Snapshot) -> None:
    snapshot.check(build(root, home))


def test_what_is_left_and_that_it_fits(root: Path, home: Path) -> None:
    assert build(root, home).code == 0
    assert not (root / ".image").exists() and not (root / ".dags").exists()
    told = json.loads((root / "build/manifest.json").read_text())["artifacts"]
    assert {artifact["kind"] for artifact in told} == {"wheel", "runtime", "sbom", "emr-bundle"}
    (bundle,) = [artifact for artifact in told if artifact["kind"] == "emr-bundle"]
    assert bundle["path"] == "build_output" and len(bundle["files"]) == 5
    checked = run(root, home, "check")
    assert (checked.code, " ok  emr" in checked.out) == (0, True), checked.out
    (root / "build_output/upload_to_s3.sh").write_text("#!/bin/sh\n")
    checked = run(root, home, "check")
    assert checked.code == ExitCode.FAILED
    assert "upload_to_s3.sh is not as it is made from deployment_manifest.json" in checked.out


def test_the_second_build_does_nothing(root: Path, home: Path) -> None:
    assert build(root, home).code == 0
    before = {path: path.stat().st_mtime_ns for path in (root / "build_output").rglob("*")}
    again = build(root, home)
    assert "emr            unchanged since build 1" in again.err
    assert {path: path.stat().st_mtime_ns for path in (root / "build_output").rglob("*")} == before


def test_a_clean_build_removes_what_builds_leave_and_nothing_else(root: Path, home: Path) -> None:
    assert build(root, home).code == 0
    wheel = next((root / "dist").glob("*.whl"))
    (root / "dist" / "keep.txt").write_text("mine")
    (root / "build" / "mine.txt").write_text("mine")
    (root / "build_output" / "stale.jar").write_text("stale")
    (root / ".image").mkdir()
    (root / ".image" / "index.json").write_text("stale")
    before = wheel.read_bytes()
    assert build(root, home, "--clean").code == 0
    assert not (root / "build_output" / "stale.jar").exists() and not (root / ".image" / "index.json").exists()
    assert (root / "dist" / "keep.txt").exists() and (root / "build" / "mine.txt").exists()
    assert wheel.read_bytes() == before


def test_a_project_without_the_table(tmp_path: Path, home: Path) -> None:
    root = shop(tmp_path / "project")
    refused = build(root, home)
    assert refused.code == ExitCode.USAGE
    assert "the project has no table [tool.bigflow.emr]" in refused.err
    unknown = run(root, home, "build", "--target", "glue")
    assert unknown.code == ExitCode.USAGE


def test_mistakes_in_the_table_are_told_before_anything_is_done(root: Path, home: Path, snapshot: Snapshot) -> None:
    (root / "pyproject.toml").write_text(PYPROJECT + '\n[tool.bigflow.emr]\njar = []\nrelease = "emr-99.0.0"\n')
    refused = build(root, home)
    assert not (root / "build").exists()
    snapshot.check(refused)


def test_an_entry_script_that_does_not_exist(root: Path, home: Path) -> None:
    with (root / "pyproject.toml").open("a") as file:
        file.write('entry_scripts = ["entry_script/run_man.py"]\n')
    failed = build(root, home)
    assert failed.code == ExitCode.USAGE
    assert "the entry script entry_script/run_man.py does not exist" in failed.err
    assert "did you mean 'entry_script/run_main.py'?" in failed.err


@contextmanager
def closed_bucket() -> Iterator[str]:
    """An S3 that lets nobody do anything."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
            self.send_response(403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """The terminal is the tests'."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_bucket_without_permission(root: Path, home: Path) -> None:
    assert build(root, home).code == 0
    with closed_bucket() as endpoint:
        words = ("--emr-bucket", "s3://ours/spark", "--dags-bucket", "./dags", "--storage-endpoint", endpoint)
        refused = run(root, home, "deploy", *words, "--storage-anonymous", "true")
    assert refused.code == ExitCode.OUTSIDE
    assert "s3://ours/spark" in refused.err and "s3:ListBucket" in refused.err
    assert not (root / "dags").exists()


def test_deploy_and_back(root: Path, home: Path) -> None:
    assert build(root, home).code == 0
    missing = run(root, home, "deploy")
    assert missing.code == ExitCode.USAGE
    assert "emr_bucket is missing for the environment 'local'" in missing.err
    to = ("--emr-bucket", "./bucket")
    plan = run(root, home, "deploy", *to, "--plan", "--exit-code")
    assert plan.code == ExitCode.CHANGES
    assert plan.out.startswith("+ bundle   ./bucket/shop/") and "(4 files)" in plan.out
    assert run(root, home, "deploy", *to).code == 0
    again = run(root, home, "deploy", *to, "--plan", "--exit-code", "--json")
    assert again.code == 0 and json.loads(again.out)["bundle"]["files_to_move"] == 0
    (root / "entry_script/run_main.py").write_text("print(2)\n")
    assert build(root, home, "--skip", "tests").code == 0
    assert "(2 files)" in run(root, home, "deploy", *to, "--plan").out
