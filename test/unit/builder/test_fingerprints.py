"""Hashes of what lies in a project: those of large files are remembered, and never against what the file says."""

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bigflow.builder.fingerprint import Fingerprints

LARGE = b"x" * (1 << 20)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "left").mkdir()
    (tmp_path / "left" / "large").write_bytes(LARGE)
    return tmp_path


def opened(root: Path) -> Fingerprints:
    """As a build begins with them."""
    return Fingerprints(str(root), str(root / "memory.json"))


def hashed(fingerprints: Fingerprints) -> str:
    ((_, sha256),) = fingerprints.of(["left"])
    return sha256


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


OTHER = b"y" + LARGE[1:]


def rewrite(path: Path) -> None:
    path.write_bytes(OTHER)


def rewrite_as_of_then(path: Path) -> None:
    """Whoever does that wants nobody to notice."""
    path.write_bytes(OTHER)
    os.utime(path, ns=(0, 0))


def put_another_there(path: Path) -> None:
    path.with_name("other").write_bytes(OTHER)
    os.utime(path.with_name("other"), ns=(0, 0))
    path.with_name("other").rename(path)


def lengthen(path: Path) -> None:
    path.write_bytes(LARGE + b"y")


@pytest.mark.parametrize("change", [rewrite, rewrite_as_of_then, put_another_there, lengthen])
def test_a_large_file_that_changes_is_noticed(root: Path, change: Callable[[Path], None]) -> None:
    """In the same build, and by the next one."""
    path = root / "left" / "large"
    os.utime(path, ns=(0, 0))
    fingerprints = opened(root)
    fingerprints.see(["left"])
    assert hashed(fingerprints) == sha256(LARGE)
    fingerprints.keep()
    time.sleep(0.02)  # longer than a tick of the clock that files have
    change(path)
    fingerprints.look_anew()
    assert hashed(fingerprints) == hashed(opened(root)) == sha256(path.read_bytes()) != sha256(LARGE)


def test_what_was_written_just_now_is_not_remembered_for_the_next_build(root: Path) -> None:
    """Within one tick it could change and look the same."""
    fingerprints = opened(root)
    fingerprints.see(["left"])
    assert hashed(fingerprints) == sha256(LARGE)
    fingerprints.keep()
    assert not (root / "memory.json").exists()


def test_what_is_known_is_not_read_again(root: Path) -> None:
    """Neither later in this build, nor in the next one. The memory says what nobody could read."""
    time.sleep(2.1)  # until it has lain there for a while
    fingerprints = opened(root)
    fingerprints.see(["left", "nothing", "le*t/*"])
    fingerprints.keep()
    memory = root / "memory.json"
    assert sha256(LARGE) in memory.read_text()
    memory.write_text(memory.read_text().replace(sha256(LARGE), "remembered"))
    assert hashed(fingerprints) == sha256(LARGE)
    assert hashed(opened(root)) == "remembered"


def test_a_memory_that_cannot_be_read_is_none(root: Path) -> None:
    for text in ("", "[]", "{", '{"left/large": 3}'):
        (root / "memory.json").write_text(text)
        assert hashed(opened(root)) == sha256(LARGE)
