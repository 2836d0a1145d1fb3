"""`bigflow backfill` as its user sees it: which periods, what of them again, and what is left after any end."""

import json
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest
from support import schedules
from support.airflow import airflow_home, airflow_python
from support.cli import Result, bigflow, bigflow_at_terminal, start, write_files
from support.snapshots import Snapshot

from bigflow.runner.store import Store

AIRFLOW = "3.3.2"
OTHER_SIDE = Path(schedules.__file__).with_name("airflow_timetables.py")
FILES = {
    "pyproject.toml": '[tool.bigflow]\nname = "shop"\npackage = "shop"\nedition = "2026"\n',
    "shop/__init__.py": "",
    "shop/workflow.py": """
from pathlib import Path

from bigflow import Workflow, job


@job
def fetch(context):
    if Path(f"no-{context.runtime:%d}").exists():
        raise LookupError(f"no orders of the {context.runtime.day}.")


@job
def load(context):
    print("top", context.params["top"])


daily = Workflow("daily", [fetch, load], start_date="2026-01-01", params={"top": 5})
chained = Workflow("chained", [fetch, load], start_date="2026-01-01", params={"top": 5}, depends_on_past=True)
by_hand = Workflow("by_hand", [fetch], schedule=None)
warsaw = Workflow("warsaw", [fetch], schedule="@hourly", timezone="Europe/Warsaw")
warsaw_days = Workflow("warsaw_days", [fetch], schedule="@daily", timezone="Europe/Warsaw")
warsaw_night = Workflow("warsaw_night", [fetch], schedule="30 2 * * *", timezone="Europe/Warsaw")
""",
}
BACKFILL = ("backfill", "--parallel", "1", "--no-retries")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_files(tmp_path / "project", FILES)


def days(first: int, last: int) -> tuple[str, ...]:
    return ("--start", f"2026-01-{first:02}", "--end", f"2026-01-{last:02}")


def test_kept_failed_and_going_on(root: Path, snapshot: Snapshot) -> None:
    """What is told when one of three fails, and when one goes on."""
    (root / "no-02").touch()
    first = bigflow(*BACKFILL, "-w", "daily", *days(1, 3), cwd=root)
    assert first.code == 1
    snapshot.check(first)
    left_alone = bigflow(*BACKFILL, "-w", "daily", *days(1, 4), cwd=root)
    assert left_alone.code == 1
    assert "left alone: 1 period (2026-01-02), which failed" in left_alone.err
    assert "4 periods: 1 succeeded, 2 kept, 1 failed" in left_alone.err
    (root / "no-02").unlink()
    command = left_alone.err.rpartition("to go on: bigflow ")[2].split()
    assert "--rerun" in command
    last = bigflow(*command, cwd=root)
    assert (last.code, bigflow(*command, cwd=root).code) == (0, 0)
    assert "4 periods: 1 succeeded, 3 kept" in last.err
    attempts = [attempt.job_id for run in Store(str(root / ".bigflow" / "runs")).newest() for attempt in run.attempts]
    assert Counter(attempts) == {"fetch": 5, "load": 4}


def test_in_order_the_first_failure_stops_the_rest(root: Path, snapshot: Snapshot) -> None:
    (root / "no-02").touch()
    snapshot.check(bigflow(*BACKFILL, "-w", "chained", *days(1, 4), cwd=root))


def test_the_plan(root: Path, snapshot: Snapshot) -> None:
    (root / "no-03").touch()
    first = bigflow(*BACKFILL, "-w", "chained", *days(1, 3), cwd=root)
    assert first.code == 1, first.err
    snapshot.check(bigflow(*BACKFILL, "-w", "chained", *days(2, 5), "--plan", cwd=root))
    again = bigflow(*BACKFILL, "-w", "chained", *days(3, 3), "--rerun", "failed", "--plan", "--json", cwd=root)
    assert json.loads(again.out) == [
        {
            "runtime": "2026-01-03 00:00:00",
            "interval_end": "2026-01-04 00:00:00",
            "action": "resume",
            "why": "run 3 failed; 2 of 2 jobs left",
            "resumes": "3",
        }
    ]
    assert len(list((root / ".bigflow" / "runs").glob("[0-9]*"))) == 3, "a plan runs nothing"


def test_json_of_runs_side_by_side(root: Path) -> None:
    (root / "no-02").touch()
    words = ("-w", "daily", *days(1, 6), "--parallel-runs", "3", "--parallel", "3", "--json", "--no-retries")
    result = bigflow("backfill", *words, cwd=root)
    events = [json.loads(line) for line in result.out.splitlines()]
    assert (result.code, result.err) == (1, "")
    assert events[0] == {
        "event": "backfill_started", "workflow_id": "daily", "env": None, "periods": 6,
        "run": 6, "resume": 0, "keep": 0, "leave": 0, "wait": 0, "not_over": 0,
    }  # fmt: skip
    ends = [event for event in events if event["event"] == "period_ended"]
    assert [(end["done"], end["total"]) for end in ends] == [(done, 6) for done in range(1, 7)]
    assert {end["runtime"][:10] for end in ends if end["ending"] == "failed"} == {"2026-01-02"}
    assert events[-1]["event"] == "backfill_ended"
    assert events[-1]["failed"] == ["2026-01-02 00:00:00"]
    assert len(events[-1]["succeeded"]) == 5
    within = ""
    for event in events:  # between the begin and the end of a run there is nothing of another one
        if event["event"] == "run_started":
            assert not within
            within = event["run_id"]
        elif event["event"] == "run_ended":
            assert event["run_id"] == within
            within = ""
        elif event["event"].startswith("job_"):
            assert within


def test_at_a_terminal_runs_side_by_side_are_told_one_after_the_other(root: Path) -> None:
    words = ("-w", "daily", *days(1, 4), "--parallel-runs", "4", "--parallel", "4")
    screen = bigflow_at_terminal("backfill", *words, cwd=root)
    assert screen.code == 0, screen.out
    lines = [line for line in screen.out.splitlines() if "fetch" in line or "load" in line or "succeeded in" in line]
    for at in range(0, 12, 3):
        fetch, load, end = lines[at : at + 3]
        assert ("fetch" in fetch, "load" in load, "succeeded in" in end) == (True, True, True), screen.out
    assert "4 periods: 4 succeeded" in screen.out


def test_params_and_environment_reach_every_run(root: Path) -> None:
    done = bigflow(*BACKFILL, "-w", "daily", *days(1, 2), "-p", "top=3", "-c", "dev", cwd=root)
    assert done.err.count("load | top 3") == 2
    assert "env dev" in done.err
    other = bigflow(*BACKFILL, "-w", "daily", *days(1, 2), "-c", "dev", "--plan", cwd=root)
    assert other.out.count("succeeded, with other params") == 2
    assert bigflow(*BACKFILL, "-w", "daily", *days(1, 2), "--plan", cwd=root).out.count("never run here") == 2


def test_fail_fast(root: Path) -> None:
    (root / "no-02").touch()
    result = bigflow(*BACKFILL, "-w", "daily", *days(1, 9), "--fail-fast", cwd=root)
    assert result.code == 1
    assert "9 periods: 1 succeeded, 1 failed, 7 not run" in result.err
    assert "not run: 7 periods (2026-01-03 ... 2026-01-09): 2026-01-02 failed" in result.err
    assert "--rerun failed --no-retries --fail-fast" in result.err


def test_all_anew_goes_on_where_it_was(root: Path) -> None:
    """With --rerun all the next command must not begin with what has just been run anew."""
    assert bigflow(*BACKFILL, "-w", "chained", *days(1, 4), cwd=root).code == 0
    (root / "no-03").touch()
    result = bigflow(*BACKFILL, "-w", "chained", *days(1, 4), "--rerun", "all", cwd=root)
    assert "4 periods: 2 succeeded, 1 failed, 1 not run" in result.err
    assert "backfill -w chained --start '2026-01-03 00:00:00' --end 2026-01-04" in result.err
    assert "--rerun all" in result.err.rpartition("to go on")[2]


def test_a_project_in_which_nothing_can_be_written_down(root: Path) -> None:
    (root / ".bigflow").write_text("a file")
    result = bigflow(*BACKFILL, "-w", "daily", *days(1, 2), cwd=root)
    assert (result.code, "Traceback" in result.err) == (4, False)
    assert "runs cannot be written down" in result.err


def test_a_reader_that_leaves(root: Path) -> None:
    words = ("-w", "daily", *days(1, 9), "--json", "--no-retries")
    with start("backfill", *words, cwd=root) as process:
        assert process.stdout and process.stderr
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
        assert (process.wait(timeout=30), err) == (1, "")
    assert bigflow("backfill", *words, cwd=root).code == 0


SLIPS = {
    "nothing": "",
    "no_end": "-w daily --start 2026-01-01",
    "end_before_start": "-w daily --start 2026-01-03 --end 2026-01-02",
    "no_moment": "-w daily --start yesterday --end 2026-01-02",
    "skipped_day": "-w daily --start 2026-02-28 --end 2026-02-29",
    "before_it_begins": "-w daily --start 2025-01-01 --end 2025-01-02",
    "in_the_future": "-w daily --start 2999-01-01 --end 2999-01-02",
    "by_hand": "-w by_hand --start 2026-01-01 --end 2026-01-02",
    "no_runs_at_a_time": "-w daily --start 2026-01-01 --end 2026-01-02 --parallel-runs 0",
    "no_jobs_at_a_time": "-w daily --start 2026-01-01 --end 2026-01-02 --parallel 0",
    "side_by_side_in_order": "-w chained --start 2026-01-01 --end 2026-01-02 --parallel-runs 2",
    "unknown_workflow": "-w dialy --start 2026-01-01 --end 2026-01-02",
    "unknown_rerun": "-w daily --start 2026-01-01 --end 2026-01-02 --rerun some",
    "unknown_param": "-w daily --start 2026-01-01 --end 2026-01-02 -p tpo=3",
    "as_json": "-w daily --start 2026-01-03 --end 2026-01-02 --json",
}


@pytest.mark.parametrize("words", SLIPS.values(), ids=SLIPS)
def test_slip(words: str, root: Path, snapshot: Snapshot) -> None:
    result = bigflow("backfill", *words.split(), cwd=root)
    assert result.code == 2
    snapshot.check(result)
    assert not list(root.glob(".bigflow/runs/[0-9]*"))


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_it_is_stopped_and_goes_on(number: signal.Signals, code: int, tmp_path: Path) -> None:
    root = slow_project(tmp_path)
    (root / "hold").touch()
    with start("backfill", "-w", "slow", *days(1, 3), cwd=root) as process:
        wait_for((root / "holding").exists)
        second = bigflow("backfill", "-w", "slow", *days(1, 3), cwd=root)
        assert (second.code, "slow is being backfilled already" in second.err) == (2, True)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    result = Result((), process.returncode, out, err)
    assert result.code == code, result.err
    assert "3 periods: 1 interrupted, 2 not run" in result.err
    assert "to go on: bigflow backfill -w slow --start 2026-01-01 --end 2026-01-03\n" in result.err
    assert len(marks(root)) == 2
    (root / "hold").unlink()
    assert bigflow("backfill", "-w", "slow", *days(1, 3), cwd=root).code == 0
    assert_no_success_was_repeated(root)


def test_killed_again_and_again_it_executes_no_success_twice(tmp_path: Path) -> None:
    root = slow_project(tmp_path)
    kills = 0
    for delay in (0.25, 0.4, 0.3, 0.5, 0.35):
        with start("backfill", "-w", "slow", *days(1, 20), "--parallel-runs", "2", cwd=root) as process:
            time.sleep(delay)
            kills += process.poll() is None
            process.kill()
            process.communicate(timeout=30)
    assert kills >= 3, "the kills came too late to prove anything"
    result = bigflow("backfill", "-w", "slow", *days(1, 20), "--parallel-runs", "2", cwd=root)
    assert result.code == 0, result.err
    done = {mark.split("#")[0] for mark in marks(root)}
    assert done == {f"2026-01-{day:02} {job}" for day in range(1, 21) for job in ("one", "two", "three")}
    assert_no_success_was_repeated(root)


def slow_project(tmp_path: Path) -> Path:
    """Each attempt leaves a mark when it is done."""
    workflow = """
import time
from pathlib import Path

from bigflow import Job, Workflow


class Slow(Job):
    def execute(self, context):
        if self.id == "three" and Path("hold").exists():
            Path("holding").touch()
            time.sleep(60)
        time.sleep(0.05)
        with Path("marks").open("a") as file:
            file.write(f"{context.runtime:%Y-%m-%d} {self.id}#{context.run_id}\\n")


slow = Workflow("slow", [Slow("one"), Slow("two"), Slow("three")], defaults={"retry_count": 0})
"""
    return write_files(tmp_path / "project", {**FILES, "shop/workflow.py": workflow})


def marks(root: Path) -> list[str]:
    path = root / "marks"
    return path.read_text().splitlines() if path.exists() else []


def assert_no_success_was_repeated(root: Path) -> None:
    """What a journal calls a success is in no later journal as an attempt; and every mark is an attempt's."""
    succeeded: set[tuple[str, str]] = set()
    attempts: Counter[tuple[str, str]] = Counter()
    for run in reversed(list(Store(str(root / ".bigflow" / "runs")).newest())):
        for attempt in run.attempts:
            key = (run.header.runtime, attempt.job_id)
            assert key not in succeeded, f"{key} was executed again in run {run.header.run_id}"
            attempts[key] += 1
        succeeded |= {(run.header.runtime, job) for job, state in run.states.items() if state == "success"}
    for mark, count in Counter(mark.split("#")[0] for mark in marks(root)).items():
        day, job = mark.split()
        assert count <= attempts[f"{day}T00:00:00", job]


def wait_for(happened: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


# The clocks of Warsaw are moved on 29 March 2026 and on 26 October 2025. A range, and its ends in UTC.
CHANGES = {
    "spring": ("2026-03-28", "2026-03-30", "2026-03-27T23:00+00:00", "2026-03-29T22:00+00:00"),
    "autumn": ("2025-10-25", "2025-10-27", "2025-10-24T22:00+00:00", "2025-10-26T23:00+00:00"),
}
IN_WARSAW = {"warsaw": "0 * * * *", "warsaw_days": "0 0 * * *", "warsaw_night": "30 2 * * *"}


@pytest.fixture(scope="module")
def periods_of_airflow(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], list[list[str]]]:
    """What a real Airflow answers for each schedule and each change of the clocks."""
    cases = {
        (workflow, change): {
            "cron": cron,
            "delta_sec": None,
            "timezone": "Europe/Warsaw",
            "catchup": True,
            "earliest": earliest,
            "latest": latest,
            "now": "2026-11-20T00:00+00:00",
            "limit": 1000,
            "moments": [],
        }
        for workflow, cron in IN_WARSAW.items()
        for change, (_, _, earliest, latest) in CHANGES.items()
    }
    done = subprocess.run(
        [airflow_python(AIRFLOW, f"croniter=={version('croniter')}"), "-P", OTHER_SIDE],
        input=json.dumps({"schedules": list(cases.values()), "expressions": []}),
        capture_output=True,
        text=True,
        env=airflow_home(tmp_path_factory.mktemp("airflow")),
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    answers = json.loads(done.stdout)["schedules"]
    return {case: answer["periods"] for case, answer in zip(cases, answers, strict=True)}


@pytest.mark.parametrize("workflow", IN_WARSAW)
@pytest.mark.parametrize("change", CHANGES)
def test_the_periods_are_those_of_airflow_also_when_clocks_are_moved(
    workflow: str, change: str, root: Path, periods_of_airflow: dict[tuple[str, str], list[list[str]]]
) -> None:
    start, end, *_ = CHANGES[change]
    result = bigflow("backfill", "-w", workflow, "--start", start, "--end", end, "--plan", "--json", cwd=root)
    ours = [[in_utc(period["runtime"]), in_utc(period["interval_end"])] for period in json.loads(result.out)]
    assert ours == periods_of_airflow[workflow, change]
    assert len(ours) == {("warsaw", "spring"): 48, ("warsaw", "autumn"): 50}.get((workflow, change), len(ours))


def in_utc(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(UTC).isoformat()
