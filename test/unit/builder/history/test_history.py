"""The builds that are kept: read back as they were, or said to be lost; the oldest make room."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builds import begun, broken, cold, damage, keep, mended, unchanged

from bigflow.builder.history.kept import (
    BUILDS,
    LOCK,
    Lost,
    build_before,
    end_of_log,
    folder_of,
    history,
    make_room,
    recorded,
)
from bigflow.builder.report import BuildReport, PhaseReport, StepReport
from bigflow.errors import UsageError


@contextmanager
def at_work(root: Path, build_id: str) -> Iterator[None]:
    """A process that builds, as the lock tells."""
    (root / LOCK).parent.mkdir(parents=True, exist_ok=True)
    with (root / LOCK).open("w+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(f"build {build_id}, process {os.getpid()}")
        lock.flush()
        yield


def states(root: Path) -> list[tuple[str, str]]:
    return [(one.id, one.state) for one in history(str(root))]


def kept(root: Path) -> set[str]:
    return set(os.listdir(root / BUILDS))


def test_without_builds_there_is_no_history(tmp_path: Path) -> None:
    assert list(history(str(tmp_path))) == []


def test_builds_come_back_as_they_were_newest_first(tmp_path: Path) -> None:
    builds = [replace(mended(), id=str(number)) for number in (2, 9, 10)]
    keep(tmp_path, *builds)
    assert list(history(str(tmp_path))) == builds[::-1]


def test_what_is_no_build_is_passed_over(tmp_path: Path) -> None:
    keep(tmp_path, cold())
    for name in ("locks", "007", "-1", "１２", ".writing-x"):
        (tmp_path / BUILDS / name).mkdir()
    (tmp_path / BUILDS / "notes.txt").touch()
    assert states(tmp_path) == [("1", "succeeded")]


def test_a_build_whose_process_is_gone_was_interrupted(tmp_path: Path) -> None:
    steps = (StepReport("lint", "succeeded"), StepReport("tests", "running"))
    cut = replace(begun(), phases=(PhaseReport("install", "succeeded", 1.0, ()), PhaseReport("x", "running", 0, steps)))
    keep(tmp_path, cut)
    (found,) = history(str(tmp_path))
    assert isinstance(found, BuildReport)
    assert found.state == "interrupted"
    assert [phase.state for phase in found.phases] == ["succeeded", "interrupted"]
    assert [step.state for step in found.steps] == ["succeeded", "interrupted"]


def test_a_build_whose_process_lives_is_running(tmp_path: Path) -> None:
    keep(tmp_path, begun("4"), begun("5"))
    damage(tmp_path, "6", None)
    with at_work(tmp_path, "5"):
        assert states(tmp_path) == [("6", "interrupted"), ("5", "running"), ("4", "interrupted")]
    with at_work(tmp_path, "6"):
        assert states(tmp_path) == [("6", "running"), ("5", "interrupted"), ("4", "interrupted")]
    assert states(tmp_path) == [(number, "interrupted") for number in "654"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 4096,
        b"\xff\xfe",
        b"[]",
        b"null",
        b"7",
        b'"build"',
        b"{}",
        b'{"phases": 1}',
        b"[" * 100_000,
        cold().to_json().encode()[:-1],
        json.dumps({**json.loads(cold().to_json()), "of_tomorrow": 1}).encode(),
        json.dumps({**json.loads(cold().to_json()), "seconds": None}).encode(),
        json.dumps({**json.loads(cold().to_json()), "inputs": [["a"]]}).encode(),
        json.dumps({**json.loads(cold().to_json()), "artifacts": [{}]}).encode(),
    ],
    ids=range(15),
)
def test_what_is_damaged_is_said_to_be(content: bytes, tmp_path: Path) -> None:
    damage(tmp_path, "3", content)
    (found,) = history(str(tmp_path))
    assert isinstance(found, Lost)
    assert (found.id, found.state) == ("3", "unreadable")
    with pytest.raises(UsageError, match="build 3 is unreadable"):
        recorded(str(tmp_path), "3")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every value inside."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield (*path, key)
        yield from places(inner, (*path, key))


PLACES = list(places(json.loads(broken().to_json())))


@given(st.sampled_from(PLACES), JSON)
def test_whatever_a_record_says_it_is_a_build_or_lost(place: tuple[str | int, ...], value: object) -> None:
    """A build that is handed out has everywhere what its type says: who shows it need not ask again."""
    read = json.loads(broken().to_json())
    inside = read
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = value
    found = from_text(json.dumps(read))
    if isinstance(found, BuildReport):
        assert found.exit_code is not None
        assert {type(number) for number in numbers(found)} <= {int, float}
        assert {type(text) for text in texts(found)} == {str}
        assert all(isinstance(hash(one), int) for one in (*found.inputs, *found.contents, *found.artifacts))


def numbers(build: BuildReport) -> Iterator[float]:
    yield from (build.seconds, build.own_cpu_seconds)
    yield from (artifact.size for artifact in build.artifacts)
    for step in build.steps:
        yield from (step.started, step.seconds, step.cpu_seconds, step.exit_code)


def texts(build: BuildReport) -> Iterator[str]:
    yield from (build.id, build.command, build.project, build.version, build.began, build.commit or "")
    for package in build.packages:
        yield from package
    for step in build.steps:
        yield from (step.name, step.summary, step.reason, step.log)
        yield from (text for finding in (*step.findings, *step.warnings) for text in finding)


def from_text(text: str) -> BuildReport | Lost:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        damage(Path(folder), "1", text.encode())
        (found,) = history(folder)
        return found


def test_one_build_by_its_number_or_the_last(tmp_path: Path) -> None:
    keep(tmp_path, cold(), unchanged())
    assert recorded(str(tmp_path), "1") == cold()
    assert recorded(str(tmp_path), "01") == cold()
    assert recorded(str(tmp_path), "last") == unchanged()


@pytest.mark.parametrize("wish", ["3", "-1", "x", "", "../1", "1/", "１", "1.0", "9" * 5_000])
def test_there_is_no_such_build(wish: str, tmp_path: Path) -> None:
    keep(tmp_path, cold())
    with pytest.raises(UsageError, match="there is no build") as error:
        recorded(str(tmp_path), wish)
    assert "bigflow builds" in error.value.hint


def test_nothing_was_built_yet(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing was built"):
        recorded(str(tmp_path), "last")


def test_the_build_before_is_the_last_that_left_something(tmp_path: Path) -> None:
    keep(tmp_path, cold(), unchanged(), broken(), mended())
    damage(tmp_path, "5", None)
    before = [build_before(str(tmp_path), number) for number in ("1", "2", "4", "6")]
    assert [build and build.id for build in before] == [None, "1", "2", "4"]


def test_the_oldest_make_room(tmp_path: Path) -> None:
    keep(tmp_path, *(replace(cold(), id=str(number)) for number in range(1, 13)))
    make_room(str(tmp_path), 20)
    assert len(kept(tmp_path)) == 12
    make_room(str(tmp_path), 3)
    assert kept(tmp_path) == {"10", "11", "12"}


def test_a_build_that_is_at_work_makes_no_room(tmp_path: Path) -> None:
    keep(tmp_path, *(begun(str(number)) for number in range(1, 5)))
    with at_work(tmp_path, "1"):
        make_room(str(tmp_path), 1)
    assert kept(tmp_path) == {"1", "4"}


def test_room_where_nothing_is(tmp_path: Path) -> None:
    make_room(str(tmp_path), 1)
    assert not (tmp_path / ".bigflow").exists()


@pytest.mark.parametrize(
    ("content", "lines", "whole"),
    [
        (b"", (), True),
        (b"\n\n", (), True),
        (b"one", ("one",), True),
        (b"one\ntwo\n", ("one", "two"), True),
        (b"0\n1\n2\n3\n", ("1", "2", "3"), False),
        (b"a\n\xff\n", ("a", "\ufffd"), True),
        (b"x" * 10_000, ("x" * 1_500,), False),
    ],
)
def test_the_end_of_a_log(content: bytes, lines: tuple[str, ...], whole: bool, tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(content)
    found = end_of_log(str(tmp_path / "log"), 3)
    assert (found.lines, found.size, found.whole) == (lines, len(content), whole)


def test_a_log_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    assert end_of_log(str(tmp_path / "no"), 3).lines == ()
    assert end_of_log("", 3).lines == ()


def test_a_build_has_a_folder(tmp_path: Path) -> None:
    assert folder_of(str(tmp_path), "3") == str(tmp_path / ".bigflow" / "builds" / "3")
