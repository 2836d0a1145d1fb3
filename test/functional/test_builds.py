"""`bigflow builds`: what is told of builds that succeeded, were skipped, failed, were killed, or are unreadable."""

import fcntl
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.builds import all_kinds, begun, broken, cold, damage, keep, mended
from support.cli import bigflow, start, write_files
from support.snapshots import Snapshot


@pytest.fixture
def root(project: Callable[[str], Path]) -> Path:
    return all_kinds(project("good"))


LOOKS = {
    "list": "",
    "list_json": "--json",
    "list_of_two": "-n 2",
    "list_of_none": "-n 0",
    "list_of_many": "-n many",
    "show_cold": "show 1",
    "show_unchanged": "show 2",
    "show_failed": "show 3",
    "show_failed_json": "show 3 --json",
    "show_killed": "show 5",
    "show_last_that_is_unreadable": "show last",
    "show_killed_before_it_began": "show 6",
    "show_half": "show 7",
    "show_unknown": "show 99",
    "show_no_number": "show ../1",
    "show_what": "show",
    "show_too_many": "show 1 2",
    "shwo": "shwo 1",
    "diff": "diff 1 4",
    "diff_back": "diff 4 1",
    "diff_json": "diff 1 4 --json",
    "diff_of_nothing": "diff 1 2",
    "diff_with_one_that_failed": "diff 1 3",
    "diff_with_itself": "diff 1 1",
    "diff_with_one_that_is_lost": "diff 1 7",
    "diff_of_one": "diff 1",
    "diff_of_three": "diff 1 2 3",
    "log_of_a_step_that_wrote_nothing": "show 1 --log manifest",
    "log_of_a_step_that_was_skipped": "show 2 --log lint",
    "log_of_an_unknown_step": "show 1 --log tets",
    "log_of_no_build": "--log tests",
    "help": "--help",
}


@pytest.mark.parametrize("look", LOOKS)
def test_look(look: str, root: Path, snapshot: Snapshot) -> None:
    snapshot.check(bigflow("builds", *LOOKS[look].split(), cwd=root))


@pytest.mark.parametrize("words", ["builds", "builds --json", "builds show last", "builds show 1"])
def test_nothing_was_built(words: str, project: Callable[[str], Path], snapshot: Snapshot) -> None:
    snapshot.check(bigflow(*words.split(), cwd=project("good")))


def test_a_log_comes_out_as_it_was_written(root: Path) -> None:
    log = root / ".bigflow" / "builds" / "3" / "logs" / "tests.log"
    log.write_bytes(b"first \xff\x00 \x1b[31mred\x1b[0m, no line break")
    result = bigflow("builds", "show", "3", "--log", "tests", cwd=root)
    assert result.out.encode("utf-8", "surrogateescape") == log.read_bytes()


def test_half_of_a_record_never_ends_in_a_traceback(project: Callable[[str], Path]) -> None:
    """Cut at any byte, a build is unreadable, and the others are told as ever."""
    root = keep(project("good"), cold())
    whole = broken("2").to_json().encode()
    for at in range(0, len(whole), len(whole) // 5):
        damage(root, "2", whole[:at])
        result = bigflow("builds", "--json", cwd=root)
        assert (result.code, result.err) == (0, "")
        assert [build["state"] for build in json.loads(result.out)] == ["unreadable", "succeeded"]


def test_a_build_is_running_as_long_as_its_process_lives(project: Callable[[str], Path]) -> None:
    root = keep(project("good"), begun("5"))
    with (root / ".bigflow" / "build.lock").open("w") as lock:
        lock.write("build 5, process 4711")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert json.loads(bigflow("builds", "--json", cwd=root).out)[0]["state"] == "running"
    assert json.loads(bigflow("builds", "--json", cwd=root).out)[0]["state"] == "interrupted"


def test_a_real_build_that_is_killed(project: Callable[[str], Path], tmp_path: Path) -> None:
    slow = "import time, unittest\nclass Slow(unittest.TestCase):\n    def test_it(self):\n        time.sleep(5)\n"
    root = write_files(project("good"), {"test/test_slow.py": slow})
    with start("build", "--only", "tests", cwd=root, env={"XDG_CACHE_HOME": str(tmp_path / "cache")}) as process:
        states: list[str] = []
        deadline = time.monotonic() + 30
        while "running" not in states and time.monotonic() < deadline:
            states = [build["state"] for build in json.loads(bigflow("builds", "--json", cwd=root).out)]
        assert states == ["running"]
        process.kill()
    (told,) = json.loads(bigflow("builds", "--json", cwd=root).out)
    assert (told["state"], told["command"], told["steps"]) == ("interrupted", "build --only tests", {})


def test_every_build_in_the_list_has_the_same_keys(root: Path) -> None:
    builds = json.loads(bigflow("builds", "--json", cwd=root).out)
    assert len({tuple(build) for build in builds}) == 1
    shown = json.loads(bigflow("builds", "show", "4", "--json", cwd=root).out)
    assert list(builds[0]) == list(shown)[: len(builds[0])]


def test_names_that_are_not_utf_8_are_told(root: Path) -> None:
    assert mended().inputs[-1].path == "test/é\udcff.csv"
    told = bigflow("builds", "diff", "1", "4", cwd=root)
    assert "  + test/é\\udcff.csv\n" in told.out
    assert "test/é\\udcff.csv" in [
        one["path"] for one in json.loads(bigflow("builds", "diff", "1", "4", "--json", cwd=root).out)["inputs"]
    ]


def test_outside_of_a_project(tmp_path: Path) -> None:
    result = bigflow("builds", cwd=tmp_path)
    assert (result.code, result.out) == (2, "")
    assert "not inside a bigflow project" in result.err


def test_none_of_the_users_code_is_run(project: Callable[[str], Path]) -> None:
    root = keep(project("untouchable"), cold(), mended())
    for words in (["builds"], ["builds", "show", "1"], ["builds", "diff", "1", "4"]):
        assert bigflow(*words, cwd=root).code == 0
    assert list(root.rglob("executed.txt")) == []
