"""`bigflow run -w` and `--resume`: exit codes, events, journals, signals, and nothing left behind."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.cli import Result, bigflow, clean_environment, start, write_files
from support.needs import missing

from bigflow.runner.journal import read

PROJECT = {
    "pyproject.toml": '[tool.bigflow]\nedition = "2026"\nname = "shop"\n',
    "shop/__init__.py": "",
    "shop/workflow.py": '''
import os, signal, subprocess, sys, time
from bigflow import Definition, Workflow, job

def did(context):
    with open("did", "a") as file:
        file.write(f"{context.job_id}.{context.attempt}\\n")

def simple(id, **options):
    def work(context):
        did(context)
        if os.path.exists(f"fail_{context.job_id}"):
            raise ValueError("as told")
    return job(id=id, retry_pause_sec=0.05, **{"retry_count": 0, **options})(work)

a, b, c, d, e = (simple(id) for id in "abcde")
d.retry_count = 2
diamond = Workflow("diamond", Definition({a: [b, c], b: [d], c: [d], d: [e]}), start_date="2026-01-01")

@job(retry_count=0)
def waits(context):
    """Leaves a process that hears nothing in a session of its own."""
    deaf = "import os, signal, time; os.setsid(); [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]"
    deaf += "; time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", deaf])
    with open("pids", "a") as file:
        file.write(f"{os.getpid()} {child.pid} ")
    print("ready", flush=True)
    try:
        time.sleep(60)
    finally:
        open("told", "w").close()

@job(retry_count=0)
def deaf(context):
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT])
    with open("pids", "a") as file:
        file.write(f"{os.getpid()} ")
    time.sleep(60)

waiting = Workflow("waiting", Definition({waits: [simple("after")]}), start_date="2026-01-01")
both = Workflow("both", Definition({waits: [], deaf: []}), start_date="2026-01-01")
''',
    "shop/many.py": '''
from bigflow import Definition, Workflow, job

def nothing(context):
    pass

jobs = [job(id=f"j{n}", retry_count=0)(nothing) for n in range(10_000)]
chain = Workflow("chain", Definition(dict(zip(jobs, ([after] for after in jobs[1:])))), start_date="2026-01-01")
fan = Workflow("fan", Definition({jobs[0]: jobs[1:]}), start_date="2026-01-01")
''',
    "threads/__init__.py": "",
    "threads/workflow.py": '''
import ctypes, os, subprocess, threading, time
from bigflow import Definition, Workflow, job

threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
if "SERVER" in os.environ and not os.path.exists("server"):
    with open("server", "w") as file:
        file.write(str(subprocess.Popen(["sleep", "30"], start_new_session=True, stdout=-3, stderr=-3).pid))

@job(retry_count=1, retry_pause_sec=0.05)
def a(context):
    print("attempt", context.attempt, context.params["country"], context.env, flush=True)
    assert context.attempt == 2
    if os.path.exists("thread"):
        threading.Thread(target=time.sleep, args=(600,)).start()

w = Workflow("w", Definition(a), start_date="2026-01-01", params={"country": "pl"})
''',
}  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_files(tmp_path / "project", PROJECT)


def events(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.out.splitlines()]


def states(result: Result) -> dict[str, str]:
    ended = {told["job_id"]: told["state"] for told in events(result) if told["event"] == "job_ended"}
    kept = {told["job_id"]: "kept" for told in events(result) if told["event"] == "job_kept"}
    return {**ended, **kept}


def did(root: Path) -> list[str]:
    """What was executed since the last question."""
    file = root / "did"
    lines = file.read_text().split() if file.exists() else []
    file.unlink(missing_ok=True)
    return lines


def run(root: Path, *words: str) -> Result:
    return bigflow("run", "--json", *words, cwd=root)


def test_all_jobs_succeed(root: Path) -> None:
    result = run(root, "-w", "diamond", "--parallel", "2")
    assert (result.code, states(result)) == (0, dict.fromkeys("abcde", "success"))
    order = did(root)
    assert (order[0], set(order[1:3]), order[3:]) == ("a.1", {"b.1", "c.1"}, ["d.1", "e.1"])
    recorded = read(str(root / ".bigflow/runs/1"))
    assert (recorded.state, recorded.states) == ("success", dict.fromkeys("abcde", "success"))
    assert list(recorded.header.parents["d"]) == ["b", "c"]


@pytest.mark.parametrize("isolation", ["process", "inline"])
def test_a_failure_stops_what_depends_on_it_and_resume_goes_on(root: Path, isolation: str) -> None:
    (root / "fail_b").touch()
    (root / "fail_d").touch()
    result = run(root, "-w", "diamond", "--isolation", isolation)
    expected = {"a": "success", "b": "failed", "c": "success", "d": "upstream_failed", "e": "upstream_failed"}
    assert (result.code, states(result)) == (1, expected)
    assert sorted(did(root)) == ["a.1", "b.1", "c.1"]
    (root / "fail_b").unlink()
    result = run(root, "--resume", "--isolation", isolation)
    expected = {"a": "kept", "c": "kept", "b": "success", "d": "failed", "e": "upstream_failed"}
    assert (result.code, states(result)) == (1, expected)
    assert did(root) == ["b.1", "d.1", "d.2", "d.3"]
    (root / "fail_d").unlink()
    result = run(root, "--resume", "2", "--isolation", isolation)
    assert result.code == 0 and did(root) == ["d.1", "e.1"]
    assert read(str(root / ".bigflow/runs/3")).header.kept == {"a": "1", "b": "2", "c": "1"}
    result = run(root, "--resume")
    assert result.code == 2 and "nothing left to do" in result.out


@pytest.mark.parametrize(
    ("words", "executed"),
    [
        ("--only b", "b"),
        ("--only b --only [de]", "bde"),
        ("--from c", "cde"),
        ("--until b", "ab"),
        ("--skip a", "bcde"),
        ("--from b --until d --skip d", "b"),
        ("--skip ? --only a", ""),
    ],
)
def test_selections(root: Path, words: str, executed: str) -> None:
    planned = run(root, "-w", "diamond", "--plan", *words.split())
    result = run(root, "-w", "diamond", *words.split())
    if not executed:
        assert (planned.code, result.code, did(root)) == (2, 2, [])
        return
    (plan,) = events(planned)
    assert sorted(job["job"] for job in plan if job["action"] == "execute") == list(executed)
    assert all(job["why"] for job in plan if job["action"] != "execute")
    assert (result.code, sorted(did(root))) == (0, [f"{id}.1" for id in executed])


def test_a_plan_runs_nothing(root: Path) -> None:
    assert run(root, "-w", "diamond", "--plan").code == 0
    assert not (root / "did").exists() and not (root / ".bigflow").exists()


def test_a_run_of_some_jobs_is_resumed_as_such(root: Path) -> None:
    (root / "fail_d").touch()
    assert run(root, "-w", "diamond", "--from", "b", "--no-retries").code == 1
    assert sorted(did(root)) == ["b.1", "d.1"]
    (root / "fail_d").unlink()
    assert run(root, "--resume", "--only", "d").code == 0
    assert did(root) == ["d.1"]
    (plan,) = events(run(root, "--resume", "2", "--plan", "--from", "b"))
    assert {job["job"]: job["action"] for job in plan} == {
        "a": "left out",         "b": "kept", "c": "left out", "d": "kept", "e": "execute",
    }  # fmt: skip
    (plan,) = events(run(root, "--resume", "1", "--plan"))
    assert {job["job"] for job in plan if job["action"] == "execute"} == {"d", "e"}


@pytest.mark.parametrize(("word", "attempts"), [("--retries", 3), ("--no-retries", 1), ("", 3)])
def test_retries(root: Path, word: str, attempts: int) -> None:
    (root / "fail_d").touch()
    assert run(root, "-w", "diamond", *word.split()).code == 1
    assert [one for one in did(root) if one.startswith("d")] == [f"d.{number + 1}" for number in range(attempts)]


def test_fail_fast(root: Path) -> None:
    (root / "fail_b").touch()
    result = run(root, "-w", "diamond", "--fail-fast", "--parallel", "1")
    assert (result.code, did(root)) == (1, ["a.1", "b.1"])
    not_run = {"c": "interrupted", "d": "upstream_failed", "e": "upstream_failed"}
    assert states(result) == {"a": "success", "b": "failed", **not_run}
    (root / "fail_b").unlink()
    assert run(root, "--resume").code == 0
    assert sorted(did(root)) == ["b.1", "c.1", "d.1", "e.1"]


@pytest.mark.parametrize(
    "words",
    [
        "-w diamond --parallel 0",
        "-w diamond --parallel -1",
        "-w diamond --parallel two",
        "-w diamond --isolation thread",
        "-w diamond --only nowhere",
        "-w diamond --retries --no-retries",
        "-w nowhere",
        "--resume 99",
        "--resume -1",
        "--resume x",
        "--resume -r 2026-01-01",
        "--resume",
        "",
    ],
)
def test_bad_values(root: Path, words: str) -> None:
    result = run(root, *words.split())
    assert (result.code, did(root)) == (2, [])
    assert "Traceback" not in result.err


@pytest.mark.parametrize("content", [b"", b"{", b'{"format": 9}\n'])
def test_a_journal_that_cannot_be_read_is_no_obstacle(root: Path, content: bytes) -> None:
    write_files(root, {".bigflow/runs/7/journal.jsonl": content.decode()})
    result = run(root, "--resume", "7")
    assert result.code == 2 and "journal" in result.out
    assert run(root, "-w", "diamond").code == 0
    assert (root / ".bigflow/runs/8").exists()


def test_a_place_where_nothing_can_be_written(root: Path) -> None:
    (root / ".bigflow").touch()
    result = run(root, "-w", "diamond")
    assert (result.code, did(root)) == (4, []) and "cannot be written" in result.out


# ---- signals ----


def wait_for(file: Path, words: int) -> list[int]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if file.exists() and len(found := file.read_text().split()) >= words:
            return [int(word) for word in found]
        time.sleep(0.02)
    raise AssertionError(f"{file} did not come")


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def assert_gone(processes: list[int]) -> None:
    deadline = time.monotonic() + 2
    while (left := [process for process in processes if alive(process)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    for process in left:
        os.kill(process, signal.SIGKILL)
    assert not left


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_and_leaves_nothing(root: Path, number: int, code: int) -> None:
    with start("run", "-w", "waiting", cwd=root) as process:
        processes = wait_for(root / "pids", 2)
        process.send_signal(number)
        assert process.wait(10) == code, process.stderr and process.stderr.read()
    assert_gone(processes)
    assert (root / "told").exists()
    recorded = read(str(root / ".bigflow/runs/1"))
    assert (recorded.state, recorded.states) == ("interrupted", {"waits": "interrupted", "after": "interrupted"})


def test_the_second_ctrl_c_waits_for_nobody(root: Path) -> None:
    with start("run", "-w", "both", "--parallel", "2", cwd=root) as process:
        processes = wait_for(root / "pids", 3)
        process.send_signal(signal.SIGINT)
        time.sleep(0.6)
        assert process.poll() is None, "one job is deaf, and has its grace"
        process.send_signal(signal.SIGINT)
        assert process.wait(2) == 130
    assert_gone(processes)


def test_two_signals_at_once_are_one(root: Path) -> None:
    """`timeout` sends its signal to the program, and then to the program's group."""
    with start("run", "-w", "waiting", cwd=root) as process:
        wait_for(root / "pids", 2)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 143
    assert (root / "told").exists(), "the job was killed instead of asked"


def test_killed_at_once_it_takes_its_attempts_along(root: Path) -> None:
    with start("run", "-w", "waiting", cwd=root) as process:
        attempt, child = wait_for(root / "pids", 2)
        process.kill()
    try:
        assert_gone([attempt])
    finally:
        os.kill(child, signal.SIGKILL)  # what the attempt had started is not ours to find any more
    (root / "shop/workflow.py").write_text(
        PROJECT["shop/workflow.py"].replace("time.sleep(60)\n    finally", "pass\n    finally")
    )
    result = run(root, "--resume")
    assert (result.code, states(result)) == (0, {"waits": "success", "after": "success"})


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.1, 0.15, 0.2, 0.3])
def test_a_signal_at_any_moment(root: Path, delay: float) -> None:
    with start("run", "-w", "both", cwd=root) as process:
        time.sleep(delay)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) in (143, -signal.SIGTERM)  # by Python itself, before anything of ours is there
        assert process.stderr is not None and "bigflow itself failed" not in process.stderr.read()
    if (root / "pids").exists():
        assert_gone([int(word) for word in (root / "pids").read_text().split()])


def test_ignored_interrupts_stay_ignored(root: Path) -> None:
    """`nohup`, and a shell's `&`."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = start("run", "-w", "diamond", cwd=root)  # inherits it
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        for _ in range(20):
            process.send_signal(signal.SIGINT)
            time.sleep(0.03)
        assert process.wait(20) == 0


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(root: Path, closed: str) -> None:
    command = ["sh", "-c", f"exec {sys.executable} -m bigflow run -w diamond {closed}"]
    assert subprocess.run(command, cwd=root, env=clean_environment(), capture_output=True).returncode == 0
    assert read(str(root / ".bigflow/runs/1")).states == dict.fromkeys("abcde", "success")


def test_a_reader_of_events_that_leaves_ends_the_run(root: Path) -> None:
    with start("run", "-w", "diamond", "--json", cwd=root) as process:
        assert process.stdout is not None and process.stdout.readline()
        process.stdout.close()
        assert process.wait(20) == 1
    assert run(root, "--resume").code in (0, 2)  # 2: it came to its end before it noticed


# ---- two at once ----


def test_two_of_the_same_runtime_are_refused(root: Path) -> None:
    with start("run", "-w", "waiting", "-r", "2026-02-02", cwd=root) as process:
        processes = wait_for(root / "pids", 2)
        result = run(root, "-w", "waiting", "-r", "2026-02-02")
        assert result.code == 2
        assert re.search(rf"run 1, process {process.pid}", result.out) and "--force" in result.out
        assert sorted(os.listdir(root / ".bigflow/runs")) == ["1", "locks"], "what was refused left no run"
        with start("run", "-w", "waiting", "-r", "2026-02-02", "--force", cwd=root) as other:
            processes = wait_for(root / "pids", 4)
            other.terminate()
            assert other.wait(10) == 143
        assert run(root, "-w", "diamond", "-r", "2026-02-02").code == 0
        process.terminate()
        process.wait(10)
    assert_gone(processes)


# ---- spawned attempts ----


def test_where_the_import_left_threads_attempts_are_spawned(root: Path) -> None:
    (root / "thread").touch()
    words = ["-w", "w", "--project-package", "threads", "-p", "country=de", "-c", "dev"]
    began = time.monotonic()
    result = bigflow("run", "--json", *words, cwd=root, env={"SERVER": "1", "PYTHONWARNINGS": "error"})
    assert result.code == 0, result
    assert result.err.count("left threads") == 1, "it is said once"
    assert time.monotonic() - began < 20, "a thread that the job left held it"
    assert [told["text"].splitlines()[0] for told in events(result) if told["event"] == "job_output"] == [
        "attempt 1 de dev",
        "attempt 2 de dev",
    ]
    server = int((root / "server").read_text())
    assert alive(server), "the import's own process is not ours to end"
    os.kill(server, signal.SIGKILL)


# ---- much ----


@pytest.mark.parametrize("workflow", ["chain", "fan"])
def test_ten_thousand_jobs(root: Path, workflow: str) -> None:
    """In memory where there is such a place: a chain waits for the disk at each of its jobs."""
    fast = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=fast if fast.is_dir() else None) as runs:
        (root / ".bigflow").symlink_to(runs)
        result = bigflow("run", "-w", workflow, "--isolation", "inline", "--json", cwd=root, timeout=120)
        assert result.code == 0
        assert result.out.count('"state": "success"') == 10_001
        assert (root / ".bigflow/runs/1/journal.jsonl").stat().st_size < 10_000_000
        assert os.listdir(root / ".bigflow/runs/1/logs") == []


@pytest.fixture
def traced(root: Path) -> Iterator[Callable[..., list[str]]]:
    """The calls by which a run starts attempts and makes its journal durable, in their order."""

    def calls(*words: str) -> list[str]:
        command = ["strace", "-qq", "-e", "trace=fdatasync,clone,fork,vfork,clone3,write", "-s", "60", "-o", "trace"]
        python = [sys.executable, "-m", "bigflow", "run", *words]
        try:
            subprocess.run([*command, *python], cwd=root, env=clean_environment(), capture_output=True, check=True)
        except FileNotFoundError:
            missing("strace", "it is not on PATH, or may not trace here")
        return (root / "trace").read_text().splitlines()

    yield calls


def test_a_success_is_durable_before_what_builds_on_it_starts(root: Path, traced: Callable[..., list[str]]) -> None:
    """`c` is left out: what `d` builds on through it is durable all the same."""
    dirty: set[str] = set()
    started = []
    for call in traced("-w", "diamond", "--skip", "c"):
        if call.startswith("fdatasync"):
            dirty.clear()
        elif ended := re.search(r'\{\\"ended\\": \\"(\w)\\"', call):
            dirty.add(ended[1])
        elif begun := re.search(r'\{\\"started\\": \\"(\w)\\"', call):
            started.append(begun[1])
            needed = {"a": "", "b": "a", "d": "ab", "e": "d"}[begun[1]]
            assert not dirty & set(needed), f"{begun[1]} started before {dirty} was durable"
    assert started == ["a", "b", "d", "e"]


def test_a_fan_is_made_durable_in_groups(root: Path, traced: Callable[..., list[str]]) -> None:
    (root / "shop/many.py").write_text(PROJECT["shop/many.py"].replace("10_000", "300"))
    calls = traced("-w", "fan", "--isolation", "inline")
    assert sum("ended" in call for call in calls) >= 300
    assert 2 < sum(call.startswith("fdatasync") for call in calls) < 60
