"""`bigflow build` as its users see it: what it says when all is well, and when something is not."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.cli import Result, bigflow
from support.needs import missing
from support.shop import FILES, PYPROJECT, shop, surroundings
from support.snapshots import Snapshot

from bigflow.artifacts import changed_since, read_manifest


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one build has put into the machine's cache serves the next."""
    return tmp_path_factory.mktemp("home")


def build(root: Path, home: Path, *words: str, command: str = "build-package") -> Result:
    """One step at a time, so that the lines come in one order."""
    return bigflow(command, "--parallel", "1", *words, cwd=root, env=surroundings(home), timeout=300)


def test_from_sources_to_artifacts(tmp_path: Path, home: Path, snapshot: Snapshot) -> None:
    snapshot.check(build(shop(tmp_path / "project"), home))


def test_nothing_changed(tmp_path: Path, home: Path, snapshot: Snapshot) -> None:
    root = shop(tmp_path / "project")
    assert build(root, home).code == 0
    before = _artifacts(root)
    snapshot.check(build(root, home))
    assert _artifacts(root) == before


def test_a_changed_line_is_tested_packaged_and_checked_again(tmp_path: Path, home: Path, snapshot: Snapshot) -> None:
    root = shop(tmp_path / "project")
    build(root, home)
    (root / "shop" / "workflow.py").write_text(FILES["shop/workflow.py"].replace("return 1", "return 2"))
    snapshot.check(build(root, home))


@pytest.mark.parametrize(
    ("words", "performed"),
    [
        (("--only", "tests"), {"tests"}),
        (("--only", "pre_build", "--skip", "tests"), {"configuration"}),
        (("--from", "wheel"), {"wheel", "installed", "sbom", "sizes", "manifest"}),
    ],
)
def test_parts_of_a_build(words: tuple[str, ...], performed: set[str], tmp_path: Path, home: Path) -> None:
    root = shop(tmp_path / "project")
    assert build(root, home).code == 0
    told = json.loads(build(root, home, *words, "--no-cache", "--json").out.splitlines()[-1])
    steps = {step for step, state in told["steps"].items() if state == "succeeded"}
    assert steps == performed


def test_only_one_step_leaves_the_manifest_of_the_build_before(tmp_path: Path, home: Path) -> None:
    root = shop(tmp_path / "project")
    build(root, home)
    before = (root / "build" / "manifest.json").read_bytes()
    assert build(root, home, "--only", "tests", "--no-cache").code == 0
    assert (root / "build" / "manifest.json").read_bytes() == before


def test_a_misspelt_step(tmp_path: Path, home: Path, snapshot: Snapshot) -> None:
    snapshot.check(build(shop(tmp_path / "project"), home, "--only", "test"))


def test_wrong_settings(tmp_path: Path, home: Path, snapshot: Snapshot) -> None:
    wrong = PYPROJECT + 'lnit = true\nbudget = { wheel = "small" }\n[[tool.bigflow.build.steps]]\nname = "sql"\n'
    snapshot.check(build(shop(tmp_path / "project", **{"pyproject.toml": wrong}), home))


def test_a_failing_test(tmp_path: Path, home: Path, snapshot: Snapshot) -> None:
    broken = FILES["test/test_shop.py"].replace('== "daily"', '== "dialy"')
    snapshot.check(build(shop(tmp_path / "project", **{"test/test_shop.py": broken}), home))


def test_a_syntax_error_in_a_module(tmp_path: Path, home: Path, snapshot: Snapshot) -> None:
    snapshot.check(build(shop(tmp_path / "project", **{"shop/later.py": "def later(:\n"}), home))


def test_a_step_of_the_projects_own(tmp_path: Path, home: Path, snapshot: Snapshot) -> None:
    own = PYPROJECT + (
        '[[tool.bigflow.build.steps]]\nphase = "pre_build"\nname = "rates"\nrun = "grep eur resources/rates.csv"\n'
        'inputs = ["resources/*.csv"]\n'
        '[[tool.bigflow.build.steps]]\nphase = "post_build"\nname = "publish"\nrun = "ls dist > /dev/null; exit 3"\n'
    )
    snapshot.check(build(shop(tmp_path / "project", **{"pyproject.toml": own}), home))


def test_over_the_budget(tmp_path: Path, home: Path, snapshot: Snapshot) -> None:
    tight = PYPROJECT + 'budget = { wheel = "1 kB" }\n'
    snapshot.check(build(shop(tmp_path / "project", **{"pyproject.toml": tight}), home))


def test_without_resources(tmp_path: Path, home: Path) -> None:
    root = shop(tmp_path / "project", **{"resources/rates.csv": None})
    result = build(root, home)
    assert result.code == 0, result.err
    assert read_manifest(str(root / "build" / "manifest.json")) is not None


def test_in_a_folder_with_spaces_and_unicode(tmp_path: Path, home: Path) -> None:
    root = shop(tmp_path / "Übung mit Leerzeichen" / "проект")
    result = build(root, home)
    assert result.code == 0, result.err
    manifest = read_manifest(str(root / "build" / "manifest.json"))
    assert manifest is not None
    assert changed_since(manifest, str(root)) == ()


def test_outside_of_a_project(tmp_path: Path, home: Path, snapshot: Snapshot) -> None:
    snapshot.check(build(tmp_path, home))


def test_in_a_folder_that_cannot_be_written(tmp_path: Path, home: Path) -> None:
    root = shop(tmp_path / "project")
    with _mounted(str(root), "--bind", "-o", "ro", str(root)):
        result = build(root, home)
    assert result.code == 4, result.err
    assert "cannot write" in result.err and "Traceback" not in result.err


def test_on_a_full_disk(tmp_path: Path, home: Path) -> None:
    """It fails and says so; with room again it is right."""
    folder = tmp_path / "small"
    folder.mkdir()
    with _mounted(str(folder), "-t", "tmpfs", "-o", "size=600k", "none"):
        root = shop(folder / "project")
        (folder / "filler").write_bytes(b"0" * 350_000)
        result = build(root, home)
        assert result.code == 4, result.err
        assert "No space left on device" in result.err and "Traceback" not in result.err
        (folder / "filler").unlink()
        (root / "shop" / "__init__.py").write_text('"""Smaller."""\n')
        subprocess.run(["mount", "-o", "remount,size=20m", str(folder)], check=True)
        again = build(root, home)
        assert again.code == 0, again.err


def test_the_build_of_today_is_that_of_another_day_and_place(tmp_path: Path, home: Path) -> None:
    """Two folders, another umask, zone and locale, other times and order of the files: one wheel."""
    first = shop(tmp_path / "one")
    second = shop(tmp_path / "two" / "deeper", **dict(sorted(FILES.items(), reverse=True)))
    for number, path in enumerate(sorted(second.rglob("*"))):
        os.utime(path, (10**9 + number, 10**9 + number))
    epoch = {"SOURCE_DATE_EPOCH": "1700000000"}
    other = {"TZ": "Pacific/Kiritimati", "LANG": "de_DE.UTF-8", "LC_ALL": "C.UTF-8"}
    assert bigflow("build-package", cwd=first, env=surroundings(home) | epoch, timeout=300).code == 0
    before = os.umask(0o077)
    try:
        assert bigflow("build-package", cwd=second, env=surroundings(home) | epoch | other, timeout=300).code == 0
    finally:
        os.umask(before)
    assert _artifacts(first) == _artifacts(second)
    assert (first / "build" / "manifest.json").read_bytes() == (second / "build" / "manifest.json").read_bytes()


def _artifacts(root: Path) -> dict[str, str]:
    manifest = read_manifest(str(root / "build" / "manifest.json"))
    assert manifest is not None
    assert changed_since(manifest, str(root)) == ()
    return {artifact.path: artifact.sha256 for artifact in manifest.artifacts}


@contextmanager
def _mounted(folder: str, *words: str) -> Iterator[None]:
    mounted = subprocess.run(["mount", *words, folder], capture_output=True, text=True)
    if mounted.returncode:
        missing("the right to mount", mounted.stderr.strip())
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=False)
