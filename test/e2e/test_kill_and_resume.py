"""A hundred jobs, killed with -9 at fifty random moments: all end in success, and no recorded success is done again."""

import json
import os
import time
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from support.cli import bigflow, start, write_files

JOBS = 100
KILLS = 50

WORKFLOW = '''
import os, random, time
from bigflow import Definition, Workflow, job

chance = random.Random({seed})

def work(context):
    """Done is done: one write to a file that nobody rewrites."""
    effects = os.open("effects", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(effects, f"{{context.run_id}} {{context.job_id}}\\n".encode())
    time.sleep(0.02)

jobs = [job(id=f"j{{n}}", retry_count=0)(work) for n in range({jobs})]
after = {{one: [] for one in jobs}}
for n, one in enumerate(jobs):
    for before in chance.sample(range(max(0, n - 9), n), min(n, chance.randrange(3))):
        after[jobs[before]].append(one)

w = Workflow("w", Definition(after), start_date="2026-01-01")
'''


def states_of(root: Path) -> list[tuple[str, set[str], set[str]]]:
    """Of each run: its id, and the jobs that its journal says were started, and had success."""
    told = []
    for folder in sorted((root / ".bigflow/runs").glob("[0-9]*"), key=lambda path: int(path.name)):
        lines = (folder / "journal.jsonl").read_bytes().split(b"\n")[:-1] if (folder / "journal.jsonl").exists() else []
        records = [json.loads(line) for line in lines]
        started = {record["started"] for record in records if "started" in record}
        told.append(
            (folder.name, started, {r["ended"] for r in records if r.get("state") == "success" and "ended" in r})
        )
    return told


@pytest.mark.parametrize("seed", [1])
def test_kill_and_resume(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    root = write_files(
        tmp_path / "project",
        {
            "pyproject.toml": '[tool.bigflow]\nedition = "2026"\nname = "shop"\n',
            "shop/__init__.py": "",
            "shop/workflow.py": WORKFLOW.format(seed=seed, jobs=JOBS),
        },
    )
    words = ["-w", "w"]
    kills = 0
    while kills < KILLS:
        with start("run", *words, "--parallel", "4", "--json", cwd=root) as process:
            moment = time.monotonic() + chance.uniform(0.05, 0.35)
            while time.monotonic() < moment and process.poll() is None:
                time.sleep(0.002)
            ended = process.poll()
            process.kill()
        if ended is None:
            kills += 1
        else:
            # 2: the kill before came after the last record, so that nothing is left to resume
            assert ended == 0 or (ended == 2 and words == ["--resume"]), "only a kill may stop it"
            words = ["-w", "w"]  # all were done: once more from the start, with effects of its own
            _assert_right(root)
            (root / "effects").unlink()
            for folder in (root / ".bigflow/runs").glob("[0-9]*"):
                folder.rename(root / f"old-{kills}-{folder.name}")
            continue
        words = ["--resume"] if any((root / ".bigflow/runs").glob("*/journal.jsonl")) else ["-w", "w"]
    result = bigflow("run", *words, "--json", cwd=root)
    assert result.code == 0 or "nothing left to do" in result.out, result
    _assert_right(root)


def _assert_right(root: Path) -> None:
    time.sleep(0.05)
    effects = [line.split() for line in (root / "effects").read_text().splitlines()]
    executed = Counter(job for _, job in effects)
    runs = states_of(root)
    assert set(executed) == {f"j{number}" for number in range(JOBS)}
    succeeded: set[str] = set()
    cut_short: Counter[str] = Counter()
    for run_id, started, success in runs:
        again = {job for run, job in effects if run == run_id} & succeeded
        assert not again, f"run {run_id} executed what had succeeded: {again}"
        assert not success & succeeded
        succeeded |= success
        in_flight = started - success
        assert len(in_flight) <= 4 and {job for run, job in effects if run == run_id} <= started
        cut_short.update(in_flight)
    assert succeeded == set(executed), "each has one recorded success"
    for job, times in executed.items():
        assert times <= 1 + cut_short[job], f"{job} was executed {times} times"
    assert sum(os.path.getsize(path) for path in (root / ".bigflow").rglob("journal.jsonl")) < 10_000_000
