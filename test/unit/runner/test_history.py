"""Runs on disk become a list, and one of them a page, whatever state the disk is in."""

import fcntl
import json
from pathlib import Path

import pytest

from bigflow.drawing.picture import Edge
from bigflow.errors import BigflowError, UsageError
from bigflow.runner.history import history, of_run, write_report
from bigflow.runner.journal import read
from bigflow.runner.logs import end_of, last_log, log_file
from bigflow.runner.past import Past, edges
from bigflow.runner.run_page import MOST_OF_A_LOG, period, run_page

HEADER = {
    "format": 1,
    "workflow_id": "daily",
    "runtime": "2026-11-19T00:00:00",
    "interval_end": "2026-11-20T00:00:00",
    "env": None,
    "params": {},
    "jobs": ["fetch", "report"],
    "kept": {},
    "resumes": None,
    "selection": [[], [], [], []],
    "parents": {"report": ["fetch"]},
    "began": 1795125600.0,
}
FETCHED = (
    '{"started": "fetch", "attempt": 1, "at": 1795125601.0}',
    '{"ended": "fetch", "attempt": 1, "state": "failed", "seconds": 2.0,'
    ' "reason": "KeyError", "where": "PROJECT/a.py:3"}',
)


def record(root: Path, number: int, *lines: str) -> Path:
    """The folder of a run with that journal."""
    folder = root / ".bigflow" / "runs" / str(number)
    (folder / "logs").mkdir(parents=True)
    header = json.dumps({**HEADER, "run_id": str(number)})
    text = "\n".join([header, *lines, ""]).replace("PROJECT", str(root))
    (folder / "journal.jsonl").write_text(text, encoding="utf-8")
    return folder


def test_newest_first_and_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    for number in (2, 10, 9):
        record(tmp_path, number)
    runs = tmp_path / ".bigflow" / "runs"
    (runs / "9" / "journal.jsonl").write_text('{"format": 99}\n')
    (runs / "11").mkdir()
    (runs / "locks").mkdir()
    found = list(history(str(runs)))
    assert [one.header.run_id if isinstance(one, Past) else "?" for one in found] == ["?", "10", "?", "2"]
    newer = found[2]
    assert isinstance(newer, BigflowError) and "newer" in newer.message


def test_no_folder_no_runs(tmp_path: Path) -> None:
    assert list(history(str(tmp_path / "nowhere"))) == []


def test_a_run_is_running_as_long_as_its_journal_is_held(tmp_path: Path) -> None:
    folder = record(tmp_path, 1, FETCHED[0])
    told = read(str(folder))
    with (folder / "journal.jsonl").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert of_run(told, str(folder)).state == "running"
    assert of_run(told, str(folder)).state == "killed"


def test_the_report_shows_places_as_the_project_sees_them(tmp_path: Path) -> None:
    folder = record(tmp_path, 3, *FETCHED, '{"over": "failed", "seconds": 3.5}')
    (folder / "logs" / "fetch.1.log").write_bytes(b"fetching \xff\n" * 30_000)
    write_report(read(str(folder)), str(folder), str(tmp_path / "page.html"))
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert str(tmp_path) not in page
    assert '<code class="where">a.py:3</code>' in page
    assert "All of it: .bigflow/runs/3/logs/fetch.1.log" in page
    assert "bigflow run --resume 3" in page
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["page.html"]


def test_a_folder_as_it_is_named_from_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`bigflow run` stands in the project's root, and names everything from there."""
    record(tmp_path, 3, *FETCHED)
    monkeypatch.chdir(tmp_path)
    write_report(read(".bigflow/runs/3"), ".bigflow/runs/3", "page.html")
    assert '<code class="where">a.py:3</code>' in Path("page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("place", ["nowhere/page.html", "folder"])
def test_a_report_that_cannot_be_written_leaves_nothing(place: str, tmp_path: Path) -> None:
    folder = record(tmp_path, 3)
    (tmp_path / "folder").mkdir()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UsageError, match="cannot be written") as told:
        write_report(read(str(folder)), str(folder), str(tmp_path / place))
    assert told.value.where == str(tmp_path / place)
    assert sorted(tmp_path.rglob("*")) == before


def test_what_waits_for_what_becomes_the_graph(tmp_path: Path) -> None:
    folder = record(tmp_path, 1, *FETCHED)
    known = of_run(read(str(folder)), str(folder))
    graph = run_page(known, edges(known.header), str(folder), str(tmp_path)).graph
    assert graph is not None
    assert [(node.id, node.state, node.note) for node in graph.nodes] == [
        ("fetch", "failed", "2.0 s"),
        ("report", "not run", ""),
    ]
    assert graph.edges == (Edge("fetch", "report"),)
    assert run_page(known, [], str(folder), str(tmp_path)).graph is None


@pytest.mark.parametrize(("size", "left_out"), [(10, 0), (MOST_OF_A_LOG, 0), (MOST_OF_A_LOG + 1, 10), (10**6, 800_010)])
def test_of_a_long_log_whole_lines_of_its_end_are_shown(size: int, left_out: int, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes((b"123456789\n" * (size // 10 + 1))[:size])
    end = end_of(str(log), MOST_OF_A_LOG)
    assert (end.size, end.left_out, len(end.text)) == (size, left_out, size - left_out)
    assert end.text.startswith("123456789\n")


def test_a_long_log_of_one_line_is_cut_all_the_same(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"\xc5\xbc" * 500)
    end = end_of(str(log), 101)
    assert (end.size, end.left_out, len(end.text)) == (1_000, 899, 51)


def test_a_log_that_cannot_be_read_is_told_to_be_so(tmp_path: Path) -> None:
    assert "cannot be read" in end_of(str(tmp_path / "gone"), 10).text


def test_the_last_log_is_of_the_last_attempt_that_wrote_one(tmp_path: Path) -> None:
    again = FETCHED[0].replace('"attempt": 1', '"attempt": 2')
    folder = record(tmp_path, 1, *FETCHED, again)
    (folder / "logs" / "fetch.1.log").write_text("one")
    (folder / "logs" / "fetch.2.log").touch()
    known = of_run(read(str(folder)), str(folder))
    assert last_log(str(folder), known, "fetch") == log_file(str(folder), "fetch", 1) != ""
    assert last_log(str(folder), known, "report") == ""


@pytest.mark.parametrize(
    ("runtime", "end", "words"),
    [
        ("2026-11-19T00:00:00", "2026-11-20T00:00:00", "2026-11-19 → 2026-11-20"),
        ("2026-11-19T00:00:00", "2026-11-19T01:00:00", "2026-11-19 00:00:00 → 2026-11-19 01:00:00"),
        ("2026-11-19T10:00:00+01:00", None, "2026-11-19 10:00:00+01:00"),
    ],
)
def test_period(runtime: str, end: str | None, words: str) -> None:
    assert period(runtime, end) == words
