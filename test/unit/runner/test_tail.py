"""New lines of a log that somebody else writes."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import TempPathFactory

from bigflow.runner.tail import MOST, Tail

PIECES = st.lists(st.text(st.sampled_from("ab\n\x00ż\r")).map(str.encode) | st.binary(max_size=9), max_size=12)


@settings(max_examples=200, deadline=None)
@given(PIECES)
def test_all_of_it_is_told_once_and_in_whole_lines(tmp_path_factory: TempPathFactory, pieces: list[bytes]) -> None:
    path = tmp_path_factory.mktemp("logs") / "a.1.log"
    tail = Tail(str(path))
    told = [tail.read(last=False)]
    with path.open("wb", buffering=0) as log:
        for piece in pieces:
            log.write(piece)
            told.append(tail.read(last=False))
            assert told[-1] == "" or told[-1].endswith("\n")
    told.append(tail.read(last=True))
    assert "".join(told) == b"".join(pieces).decode("utf-8", "replace")


def test_an_empty_log_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "a.1.log"
    path.touch()
    tail = Tail(str(path))
    assert (tail.read(last=False), path.exists(), tail.path) == ("", True, str(path))
    assert (tail.read(last=True), path.exists(), tail.path) == ("", False, "")
    never = Tail(str(tmp_path / "b.1.log"))
    assert (never.read(last=False), never.path != "") == ("", True)
    assert (never.read(last=True), never.path) == ("", "")


def test_of_too_much_the_end_is_told_and_where_the_rest_is(tmp_path: Path) -> None:
    path = tmp_path / "a.1.log"
    path.write_bytes(b"x" * 9 + b"\n" + b"0123456789\n" * 100_000)
    told = Tail(str(path)).read(last=False)
    assert len(told) < MOST + 200
    first, *lines = told.splitlines()
    assert first.endswith(f"bytes are only in {path}") and set(lines) == {"0123456789"}


def test_a_line_without_an_end_is_not_read_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "a.1.log"
    tail = Tail(str(path))
    with path.open("wb", buffering=0) as log:
        for _ in range(10):
            log.write(b"x" * 1_000_000)
            assert len(tail.read(last=False)) < MOST
        assert len(tail.read(last=True)) < MOST + 200
