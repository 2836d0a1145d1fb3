"""Contents are looked into once: what was clean is remembered, with the detector that said so."""

import sys
from pathlib import Path

import pytest
from support.cli import write_files
from support.doctrine import CACHE, clean_project, git, opened, token

from bigflow.artifacts.doctrine.repository import Secret, Tracked
from bigflow.builder.doctrine.secrets import find_secrets
from bigflow.errors import UsageError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return clean_project(tmp_path / "shop")


def find(root: Path, size: int = 1) -> tuple[Secret, ...]:
    git(root, "add", "--force", "shop")
    tracked = [Tracked(*entry[:3], size) for entry in opened(root).index()]
    return find_secrets(opened(root), tracked, str(root / "clean"), str(CACHE))


def remembered(root: Path) -> set[str]:
    return set((root / "clean").read_text().splitlines()[1:])


def test_what_was_clean_is_not_read_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find(root) == ()
    monkeypatch.setitem(sys.modules, "kingfisher_sdk", None)
    assert find(root) == (), "nothing is new: the detector is not even loaded"
    write_files(root, {"shop/a.py": "new"})
    with pytest.raises(UsageError, match="looking for secrets needs the package"):
        find(root)


def test_a_secret_is_told_each_time_and_in_each_file_that_has_it(root: Path) -> None:
    write_files(root, {"shop/a.py": token(), "shop/b.py": token()})
    for _ in range(2):
        assert [(one.path, one.line) for one in find(root)] == [("shop/a.py", 1), ("shop/b.py", 1)]


def test_the_same_content_elsewhere_is_known(root: Path) -> None:
    find(root)
    before = remembered(root)
    write_files(root, {"shop/c.py": ""})
    find(root)
    assert remembered(root) == before


def test_what_is_not_tracked_any_more_is_forgotten(root: Path) -> None:
    write_files(root, {"shop/a.py": "one\n"})
    find(root)
    before = remembered(root)
    write_files(root, {"shop/a.py": "two\n"})
    find(root)
    assert len(remembered(root)) == len(before) and remembered(root) != before


@pytest.mark.parametrize("spoil", ["another 1.0 high\n", "", "\0\n", "half"])
def test_another_detector_or_a_damaged_memory_looks_anew(root: Path, spoil: str) -> None:
    write_files(root, {"shop/a.py": token()})
    found = find(root)
    clean = remembered(root)
    secret = opened(root).index()
    (root / "clean").write_text(spoil + "\n".join(entry.blob for entry in secret))
    assert find(root) == found and remembered(root) == clean


def test_contents_come_in_portions(root: Path) -> None:
    write_files(root, {f"shop/{number}.py": f"x = '{token(number)}'\n" for number in range(9)})
    assert len(find(root, size=5_000_000)) == 9


def test_bytes_of_all_kinds(root: Path) -> None:
    for name, content in enumerate((b"", b"\0" * 999, b"\xff\xfe\xfd\n", b"x" * 99_999, b"\n" * 9, b"missing\n")):
        (root / "shop" / str(name)).write_bytes(content)
    (root / "shop" / "last").write_bytes(b"\xff\n\0\n" + token().encode())
    assert [(one.path, one.line) for one in find(root)] == [("shop/last", 3)]
