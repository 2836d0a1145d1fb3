"""`bigflow start-project`: a project in one command, or nothing at all."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.cli import Result, at_terminal, bigflow, clean_environment, start
from support.package_index import served, surroundings
from support.snapshots import Snapshot

# The machine's own settings of git play no part.
ADA = {"GIT_CONFIG_NOSYSTEM": "1"} | {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (("NAME", "Ada"), ("EMAIL", "ada@example.com"))
}


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """An empty folder in which somebody begins; no repository is around it."""
    folder = tmp_path / "desk"
    folder.mkdir()
    return folder


def begin(desk: Path, *words: str, env: dict[str, str] | None = None) -> Result:
    return bigflow("start-project", *words, cwd=desk, env={**ADA, **(env or {})})


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def everything_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


def test_without_its_environment(desk: Path, snapshot: Snapshot) -> None:
    snapshot.check(begin(desk, "shop", "--yes", "--no-install"))
    assert git(desk / "shop", "describe", "--exact-match") == "0.1.0"
    assert git(desk / "shop", "status", "--porcelain") == ""
    assert bigflow("run", "-w", "daily", cwd=desk / "shop").code == 0
    assert git(desk / "shop", "status", "--porcelain") == "", "what a run leaves is ignored"


def test_inside_a_repository(desk: Path, snapshot: Snapshot) -> None:
    git(desk, "init", "--quiet")
    snapshot.check(begin(desk, "shop", "--yes", "--no-install"))
    assert not (desk / "shop" / ".git").exists()


def test_in_another_folder(desk: Path, snapshot: Snapshot) -> None:
    (desk / "work").mkdir()
    snapshot.check(begin(desk, "shop", "--yes", "--no-install", "--project-dir", "work/the shop"))
    assert bigflow("workflows", cwd=desk / "work" / "the shop").out.startswith("daily")


def test_the_script_of_the_first_minutes(desk: Path) -> None:
    """A slip of the pen in `clean` is told with its line; the rest goes on where it stopped; a job runs alone."""
    assert begin(desk, "shop", "--yes", "--no-install").code == 0
    shop = desk / "shop"
    source = shop / "project_package" / "clean.py"
    good = source.read_text()
    fresh = {"PYTHONDONTWRITEBYTECODE": "1"}  # a file that is written twice in one second would keep that of the first
    source.write_text(good.replace('rows["price"]', 'rows["prise"]'))
    failed = bigflow("run", "-w", "daily", "-r", "2026-11-19", "--no-retries", cwd=shop, env=fresh)
    assert failed.code == 1
    assert "KeyError: 'prise'   project_package/clean.py:14" in failed.err
    source.write_text(good)
    resumed = bigflow("run", "--resume", "--no-retries", cwd=shop, env=fresh)
    assert (resumed.code, "kept fetch" in resumed.err) == (0, True)
    assert "Orders, 2026-11-19" in (shop / "build" / "out" / "report.html").read_text()
    alone = bigflow("run", "-j", "daily.clean", "-r", "2026-11-18", cwd=shop)
    assert alone.code == 0, alone.err
    assert (shop / "build" / "out" / "2026-11-18" / "sales.csv").is_file()


def test_its_own_tests_and_checks_pass(desk: Path) -> None:
    assert begin(desk, "shop", "--yes", "--no-install", "--gcp-project-id", "acme", "--dags-bucket", "b").code == 0
    environment = clean_environment({"HOME": str(desk)})
    for words in (["pytest", "-q", "-W", "error"], ["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]):
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=desk / "shop", env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"


def test_asked_at_a_terminal(desk: Path) -> None:
    done = at_terminal(
        [sys.executable, "-m", "bigflow", "start-project", "--no-install"],
        cwd=desk,
        typed="shop\nacme-data\n\n",
        env={"NO_COLOR": "1"},
    )
    assert done.code == 0, done.out
    assert "Name of the project:" in done.out
    config = (desk / "shop" / "deployment_config.py").read_text()
    assert '"gcp_project_id": "acme-data"' in config
    assert '"dags_bucket": None' in config


def test_what_is_said_is_not_asked_for(desk: Path) -> None:
    words = ["start-project", "shop", "--gcp-project-id", "acme", "--dags-bucket", "b", "--no-install"]
    done = at_terminal([sys.executable, "-m", "bigflow", *words], cwd=desk)
    assert (done.code, ":" in done.out.split("Created")[0]) == (0, False)


@pytest.mark.parametrize(
    "words",
    [
        "", "--yes", "../shop", "/shop", "..", "bigflow", "test", "class", "shöp", "taken",
        "shop --docker-repository EU.gcr.io/X", "shop --project-dir gone/shop", "shop --project-dir .", "shop more",
        "shop --gcp-project",
    ],
)  # fmt: skip
def test_slips(desk: Path, words: str, snapshot: Snapshot) -> None:
    (desk / "taken").mkdir()
    (desk / "taken" / "notes.txt").write_text("mine")
    before = everything_in(desk)
    snapshot.check(begin(desk, *words.split()))
    assert everything_in(desk) == before


def test_a_blank_name(desk: Path) -> None:
    for name in ("", "  "):
        done = begin(desk, name, "--yes", "--no-install")
        assert (done.code, everything_in(desk)) == (2, [])
        assert "start-project shop" in done.err


def test_a_disk_that_is_full(desk: Path) -> None:
    """No file may have a single byte, as on a disk without room."""
    limited = f"ulimit -f 0; exec {sys.executable} -B -m bigflow start-project shop --yes --no-install"
    done = subprocess.run(["sh", "-c", limited], cwd=desk, env=clean_environment(), capture_output=True, text=True)
    assert done.returncode == 4
    assert "cannot write" in done.stderr
    assert everything_in(desk) == []


def test_without_git(desk: Path, tmp_path: Path, snapshot: Snapshot) -> None:
    (tmp_path / "bin").mkdir()
    snapshot.check(begin(desk, "shop", "--yes", "--no-install", env={"PATH": str(tmp_path / "bin")}))
    assert (desk / "shop" / "pyproject.toml").is_file()


def nobody_listens(tmp_path: Path) -> dict[str, str]:
    return {**surroundings("http://127.0.0.1:1/simple", tmp_path), "HOME": str(tmp_path)}


def test_without_a_network_the_project_is_there(desk: Path, tmp_path: Path) -> None:
    done = begin(desk, "shop", "--yes", env=nobody_listens(tmp_path))
    assert done.code == 4, done.err
    assert "error: " in done.err
    assert done.err.endswith("Next: cd shop && bigflow install\n")
    assert git(desk / "shop", "describe", "--exact-match") == "0.1.0"
    shutil.rmtree(desk / "shop" / ".venv", ignore_errors=True)
    assert bigflow("run", "-w", "daily", cwd=desk / "shop").code == 0


@pytest.mark.parametrize("existing", [False, True])
def test_interrupted_while_it_installs_nothing_is_left(desk: Path, tmp_path: Path, existing: bool) -> None:
    if existing:
        (desk / "shop").mkdir()
    with served() as index:
        index.mood = "silent"
        patient = {**surroundings(index.url, tmp_path), "UV_HTTP_TIMEOUT": "60", "HOME": str(tmp_path)}
        with start("start-project", "shop", "--yes", cwd=desk, env=patient) as process:
            deadline = time.monotonic() + 30
            while not index.requests and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)
            os.kill(process.pid, signal.SIGINT)
            _, said = process.communicate(timeout=30)
    assert index.requests, said
    assert process.returncode == 130, said
    assert everything_in(desk) == []
