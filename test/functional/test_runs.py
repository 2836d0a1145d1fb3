"""`bigflow runs`: what is told of runs that succeeded, failed, were resumed, killed, or left something unreadable."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from support.cli import bigflow, start
from support.snapshots import Snapshot

BEGAN = 1795125600.0  # 2026-11-19 22:00 UTC
JOBS = ["fetch", "clean", "by_country", "report"]
HEADER: Mapping[str, object] = {
    "format": 1,
    "workflow_id": "daily",
    "runtime": "2026-11-18T00:00:00",
    "interval_end": "2026-11-19T00:00:00",
    "env": "local",
    "params": {"top": 7},
    "jobs": JOBS,
    "kept": {},
    "resumes": None,
    "selection": [[], [], [], []],
    "parents": {"clean": ["fetch"], "by_country": ["clean"], "report": ["by_country"]},
}


def started(job: str, number: int, at: float) -> dict[str, object]:
    return {"started": job, "attempt": number, "at": BEGAN + at}


def ended(job: str, number: int, state: str, seconds: float, **why: str) -> dict[str, object]:
    return {"ended": job, "attempt": number, "state": state, "seconds": seconds, **why}


def settled(state: str, *jobs: str) -> list[dict[str, object]]:
    return [{"settled": job, "state": state, "why": ""} for job in jobs]


def record(root: Path, number: int, *lines: Mapping[str, object], **header: object) -> Path:
    """A run as `bigflow run` would have left it; the folder of it."""
    folder = root / ".bigflow" / "runs" / str(number)
    (folder / "logs").mkdir(parents=True)
    first = {**HEADER, "run_id": str(number), "began": BEGAN + 3_600 * number, **header}
    (folder / "journal.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in (first, *lines)))
    return folder


@pytest.fixture
def root(project: Callable[[str], Path]) -> Path:
    """A project in which all that can happen has happened."""
    root = project("good")
    hours = 3_600.0
    record(
        root,
        1,
        started("send", 1, hours),
        ended("send", 1, "success", 4_000),
        {"over": "success", "seconds": 4_000.5},
        workflow_id="weekly",
        jobs=["send"],
        env=None,
        params={},
        interval_end=None,
        runtime="2026-11-18T07:30:00+01:00",
    )
    failed = record(
        root,
        2,
        started("fetch", 1, 2 * hours),
        ended("fetch", 1, "success", 0.25),
        started("clean", 1, 2 * hours + 1),
        ended("clean", 1, "failed", 1.5, reason="KeyError: 'prise'", where=f"{root}/shop/daily.py:14"),
        started("clean", 2, 2 * hours + 9),
        ended("clean", 2, "failed", 61, reason="TimedOut: longer than execution_timeout_sec=60", where=""),
        *settled("upstream_failed", "by_country", "report"),
        {"over": "failed", "seconds": 70.0},
    )
    (failed / "logs" / "clean.1.log").write_text("first\n")
    (failed / "logs" / "clean.2.log").write_bytes(b"second \xff\x00 \x1b[31mred\x1b[0m, no line break")
    record(
        root,
        3,
        started("clean", 1, 3 * hours),
        ended("clean", 1, "success", 1),
        started("by_country", 1, 3 * hours + 2),
        kept={"fetch": "2"},
        resumes="2",
    )
    return root


LOOKS = {
    "list": "",
    "list_json": "--json",
    "list_of_a_workflow": "-w weekly",
    "list_of_a_workflow_that_never_ran": "-w wekly",
    "list_of_one": "-n 1",
    "list_of_none": "-n 0",
    "list_of_many": "-n many",
    "show_success": "show 1",
    "show_failed": "show 2",
    "show_failed_json": "show 2 --json",
    "show_killed": "show last",
    "show_last_of_a_workflow": "show last -w weekly",
    "show_last_of_a_workflow_that_never_ran": "show last -w wekly",
    "show_what": "show",
    "show_unknown": "show 99",
    "show_no_number": "show ../2",
    "show_unknown_json": "show 99 --json",
    "shwo": "shwo 2",
    "log_of_a_job_that_wrote_nothing": "show 2 --log fetch",
    "log_of_a_job_that_was_not_run": "show 2 --log report",
    "log_of_an_unknown_job": "show 2 --log claen",
    "log_of_no_run": "--log clean",
    "log_and_report": "show 2 --log clean --report page.html",
    "report": "show 2 --report page.html",
    "report_into_nowhere": "show 2 --report nowhere/page.html",
    "help": "--help",
}


@pytest.mark.parametrize("look", LOOKS)
def test_look(look: str, root: Path, snapshot: Snapshot) -> None:
    snapshot.check(bigflow("runs", *LOOKS[look].split(), cwd=root))


def test_nothing_ran_yet(project: Callable[[str], Path], snapshot: Snapshot) -> None:
    snapshot.check(bigflow("runs", cwd=project("good")))


@pytest.mark.parametrize("words", ["runs --json", "runs show last", "runs show 1"])
def test_nothing_ran_yet_but(words: str, project: Callable[[str], Path], snapshot: Snapshot) -> None:
    snapshot.check(bigflow(*words.split(), cwd=project("good")))


@pytest.mark.parametrize("words", ["runs", "runs show last", "runs show 4", "runs show 5"])
def test_journals_that_tell_nothing(words: str, root: Path, snapshot: Snapshot) -> None:
    """One of a newer version, and one that was cut before its first line was whole."""
    record(root, 4, format=2, something="new")
    cut = record(root, 5) / "journal.jsonl"
    cut.write_bytes(cut.read_bytes()[:-9])
    snapshot.check(bigflow(*words.split(), cwd=root))


def test_a_journal_that_was_cut_tells_what_came_before(root: Path) -> None:
    journal = root / ".bigflow" / "runs" / "2" / "journal.jsonl"
    whole = journal.read_bytes()
    seen = set()
    for at in range(whole.index(b"\n") + 1, len(whole), 37):
        journal.write_bytes(whole[:at])
        result = bigflow("runs", "show", "2", "--json", cwd=root)
        assert result.code == 0, result.err
        seen.add(json.loads(result.out)["state"])
    assert seen == {"killed"}


def test_a_log_comes_out_as_it_was_written(root: Path) -> None:
    result = bigflow("runs", "show", "2", "--log", "clean", cwd=root)
    log = root / ".bigflow" / "runs" / "2" / "logs" / "clean.2.log"
    assert result.out.encode("utf-8", "surrogateescape") == log.read_bytes()


def test_outside_of_a_project(tmp_path: Path) -> None:
    result = bigflow("runs", cwd=tmp_path)
    assert (result.code, result.out) == (2, "")
    assert "not inside a bigflow project" in result.err


def test_none_of_the_users_code_is_run(project: Callable[[str], Path]) -> None:
    root = project("untouchable")
    record(root, 1)
    for words in (["runs"], ["runs", "show", "1"], ["runs", "show", "1", "--report", "page.html"]):
        assert bigflow(*words, cwd=root).code == 0
    assert list(root.rglob("executed.txt")) == []


def test_the_report_is_written_where_the_user_is(root: Path) -> None:
    assert bigflow("runs", "show", "2", "--report", "page.html", cwd=root / "shop").code == 0
    assert "KeyError" in (root / "shop" / "page.html").read_text(encoding="utf-8")


def test_a_run_is_running_until_its_process_is_killed(project: Callable[[str], Path]) -> None:
    root = project("endings")
    with start("run", "-w", "waiting", "-r", "2026-11-18", cwd=root) as process:
        states = {"before"}
        deadline = time.monotonic() + 30
        while "running" not in states and time.monotonic() < deadline:
            told = json.loads(bigflow("runs", "--json", cwd=root).out)
            states = {state for one in told for state in (one["state"], *one["jobs"].values())}
        assert states >= {"running"}
        process.kill()
    (told,) = json.loads(bigflow("runs", "--json", cwd=root).out)
    assert told["state"] == "killed"
    assert "killed" in told["jobs"].values()


def test_a_real_run_is_told_of(project: Callable[[str], Path]) -> None:
    root = project("good")
    done = bigflow("run", "-w", "daily", "-r", "2026-11-18", "-c", "dev", "--report", "page.html", cwd=root)
    assert done.code == 0, done.err
    (told,) = json.loads(bigflow("runs", "--json", cwd=root).out)
    assert (told["workflow_id"], told["runtime"], told["env"]) == ("daily", "2026-11-18T00:00:00", "dev")
    assert set(told["jobs"].values()) == {"success"}
    assert "daily" in (root / "page.html").read_text(encoding="utf-8")
