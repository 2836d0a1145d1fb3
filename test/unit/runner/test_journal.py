"""What a journal tells after any end of the process that wrote it."""

import json
import os
import random
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigflow.errors import OutsideError, UsageError
from bigflow.runner.attempt import Outcome
from bigflow.runner.journal import FILE, Header, Journal, is_open, log_path, read
from bigflow.runner.selection import Selection

HEADER = Header(
    run_id="7",
    workflow_id="daily",
    runtime="2026-11-19T00:00:00",
    interval_end=None,
    env=None,
    params={"country": "pl", "label": "\udc80\ud800 żółć"},
    jobs=("a", "b", "c"),
    kept={"a": "3"},
    resumes="6",
    began=1.5,
    selection=Selection(since=("a*",)),
    parents={"a": (), "b": ("a",), "c": ("a", "b")},
)


def write(folder: Path) -> Path:
    journal = Journal(str(folder), HEADER)
    journal.settled("a", "skipped", "trigger rule one_failed")
    journal.started("b", 1)
    journal.ended("b", 1, "failed", Outcome(0.5, reason="KeyError: 'ż\udcff'\n{}", where="x.py:3"))
    journal.started("b", 2)
    journal.started("c", 1)
    journal.sync()
    journal.ended("b", 2, "success", Outcome(0.25))
    journal.ended("c", 1, "interrupted", Outcome(0.1, reason="ended by a signal"))
    journal.over("failed", 3.0)
    return folder / FILE


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write(tmp_path)
    recorded = read(str(tmp_path))
    assert recorded.header._replace(parents={}) == HEADER._replace(parents={})
    assert {job: tuple(before) for job, before in recorded.header.parents.items()} == HEADER.parents
    assert recorded.states == {"a": "skipped", "b": "success", "c": "interrupted"}
    assert (recorded.state, recorded.seconds) == ("failed", 3.0)
    told = [(one.job_id, one.number, one.state, one.seconds, one.reason, one.where) for one in recorded.attempts]
    assert told == [
        ("b", 1, "failed", 0.5, "KeyError: 'ż\udcff'\n{}", "x.py:3"),
        ("b", 2, "success", 0.25, "", ""),
        ("c", 1, "interrupted", 0.1, "ended by a signal", ""),
    ]


def test_cut_anywhere_it_tells_a_prefix(tmp_path: Path) -> None:
    """A kill or a loss of power may leave any number of the bytes."""
    path = write(tmp_path)
    whole = path.read_bytes()
    header_ends = whole.index(b"\n") + 1
    histories = [{}]
    for line in whole.splitlines()[1:]:
        told = json.loads(line)
        job = told.get("settled") or told.get("ended")
        histories.append({**histories[-1], **({job: told["state"]} if job else {})})
    for at in range(len(whole) + 1):
        path.write_bytes(whole[:at])
        if at < header_ends:
            with pytest.raises(UsageError, match="is empty"):
                read(str(tmp_path))
            continue
        recorded = read(str(tmp_path))
        lines = whole[:at].count(b"\n") - 1
        assert recorded.states == histories[lines]
        assert recorded.state == ("failed" if at == len(whole) else None)
        assert recorded.header.run_id == "7"


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2000), st.integers(1, 400), st.sampled_from([b"\0", b"\xff", b"\n"]))
def test_a_hole_hides_only_what_was_there(
    tmp_path_factory: pytest.TempPathFactory, at: int, size: int, by: bytes
) -> None:
    folder = tmp_path_factory.mktemp("run")
    path = write(folder)
    whole = path.read_bytes()
    at = min(at, len(whole) - 1)
    damaged = whole[:at] + by * len(whole[at : at + size]) + whole[at + size :]
    path.write_bytes(damaged)
    left = set(damaged.splitlines()) & set(whole.splitlines())
    try:
        recorded = read(str(folder))
    except UsageError as error:
        assert whole.splitlines()[0] not in left, error
        assert error.where == str(path) and error.hint
        return
    if b'{"ended": "b", "attempt": 2' in b"".join(left):
        assert recorded.states["b"] == "success"
    for job, state in recorded.states.items():
        assert (job, state) in {("a", "skipped"), ("b", "failed"), ("b", "success"), ("c", "interrupted")}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n\n\n", "is empty"),
        (b"\0" * 4096, "is empty"),
        (b"not json\n", "is empty"),
        (b"[1]\n", "is empty"),
        (b'{"format": 2, "whatever": []}\n', "newer bigflow"),
        (b'{"started": "a", "attempt": 1, "at": 1}\n', "beginning of this run's journal is lost"),
        (b'{"format": 1}\n', "beginning of this run's journal is lost"),
        (b'{"format": 1, "jobs": 3, "selection": 4}\n', "beginning of this run's journal is lost"),
        (b'{"format": "1"}\n', "beginning of this run's journal is lost"),
    ],
)
def test_what_is_no_journal_is_told(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(UsageError, match=message) as told:
        read(str(tmp_path))
    assert told.value.where == str(tmp_path / FILE) and told.value.hint


def test_no_journal_at_all(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the journal"):
        read(str(tmp_path))


@pytest.mark.parametrize(
    "line", [b'{"ended": "b"}', b'{"ended": "b", "attempt": "x", "state": "success", "seconds": 1}', b'{"over": 1}']
)
def test_a_line_that_lacks_something_is_a_hole(tmp_path: Path, line: bytes) -> None:
    path = write(tmp_path)
    path.write_bytes(path.read_bytes() + line + b"\n")
    assert read(str(tmp_path)).states["b"] == "success"


def test_a_run_is_written_down_once(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(OutsideError, match="cannot be written"):
        Journal(str(tmp_path), HEADER)


def test_while_it_is_written_it_is_open(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path), HEADER)
    assert is_open(str(tmp_path))
    journal.over("success", 1.0)
    assert not is_open(str(tmp_path))
    assert not is_open(str(tmp_path / "nowhere"))


def test_a_full_disk_is_told_and_what_was_written_is_read(tmp_path: Path) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"needs a small tmpfs, which only root may mount: {mounted.stderr.strip()}")
    try:
        folder = tmp_path / "run"
        journal = Journal(str(folder), HEADER)
        with pytest.raises(OutsideError, match="No space left on device") as told:
            for number in range(100_000):
                journal.ended("b", number, "failed", Outcome(1.0, reason="x" * 100))
        assert "--resume" in told.value.hint and told.value.where == str(folder / FILE)
        recorded = read(str(folder))
        assert len(recorded.attempts) > 100 and recorded.states == {"b": "failed"}
        with pytest.raises(OutsideError, match="cannot be written"):
            Journal(str(tmp_path / "next"), HEADER)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_logs_have_names_that_file_systems_take(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    ids = ["a", "a" * 250, "a" * 249 + "b", "ż" * 250, "a.1", "a" * 240, random.Random(1).choice("xyz") * 241]
    paths = {log_path(str(tmp_path), id, number) for id in ids for number in (1, 1000)}
    assert len(paths) == 2 * len(ids)
    for path in paths:
        Path(path).touch()
    assert log_path("run", "a", 2) == os.path.join("run", "logs", "a.2.log")
