"""`bigflow migrate` on projects as 1.11's users have them: told first, made when wanted, and only once."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.cli import at_terminal, bigflow
from support.snapshots import Snapshot

LEGACY = ["legacy_1_11", "legacy_setup", "legacy_computed", "legacy_project_setup"]


def texts(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(root)): path.read_bytes() for path in files if ".bigflow" not in path.parts}


@pytest.mark.parametrize("name", LEGACY)
def test_it_is_told_first(name: str, project: Callable[[str], Path], snapshot: Snapshot) -> None:
    root = project(name)
    before = texts(root)
    snapshot.check(bigflow("migrate", cwd=root))
    assert texts(root) == before


@pytest.mark.parametrize("name", LEGACY)
def test_it_is_made_once(name: str, project: Callable[[str], Path]) -> None:
    root = project(name)
    first = bigflow("migrate", "--yes", cwd=root)
    assert first.code == 0, first.err
    after = texts(root)
    again = bigflow("migrate", "--yes", cwd=root)
    assert (again.code, again.out) == (0, "")
    assert again.err.endswith("nothing to change\n")
    assert texts(root) == after


def test_a_project_of_1_11_runs_as_it_is(project: Callable[[str], Path], snapshot: Snapshot) -> None:
    snapshot.check(
        bigflow("run", "-w", "recommendations", "-r", "2026-11-19", "--parallel", "1", cwd=project("legacy_1_11"))
    )


def test_and_after_its_migration_in_the_same_way(project: Callable[[str], Path]) -> None:
    root = project("legacy_1_11")
    words = ("run", "-w", "recommendations", "-r", "2026-11-19", "--json")

    def outcome() -> list[object]:
        events = [json.loads(line) for line in bigflow(*words, cwd=root).out.splitlines()]
        return [(event["event"], event.get("job_id"), event.get("text")) for event in events]

    before = outcome()
    assert ("job_output" in str(before), "weights of 2026-11-19" in str(before)) == (True, True), before
    bigflow("migrate", "--yes", cwd=root)
    assert outcome() == before
    assert "no edition is named" not in bigflow("workflows", cwd=root).err


@pytest.mark.parametrize(("answer", "made"), [("y\n", True), ("n\n", False), ("\n", False), ("maybe\n", False)])
def test_asked_at_a_terminal(project: Callable[[str], Path], answer: str, made: bool) -> None:
    root = project("legacy_1_11")
    before = texts(root)
    done = at_terminal([sys.executable, "-m", "bigflow", "migrate"], cwd=root, typed=answer)
    assert done.code == 0
    assert "Make these changes?" in done.out
    assert (texts(root) != before) is made


def test_as_data(project: Callable[[str], Path]) -> None:
    root = project("legacy_1_11")
    told = json.loads(bigflow("migrate", "--json", cwd=root).out)
    paths = ["pyproject.toml", "resources/requirements.in", "resources/base.in", ".gitignore"]
    assert [change["path"] for change in told["changes"]] == paths
    assert told["changed"] is False
    assert {notice["where"].partition(":")[0] for notice in told["notices"]} == {
        "resources/requirements.in", "recommendations/warehouse.py", "Dockerfile",
    }  # fmt: skip
    assert json.loads(bigflow("migrate", "--json", "--yes", cwd=root).out)["changed"] is True


def test_a_project_of_today_has_nothing_to_change(tmp_path: Path) -> None:
    bigflow("start-project", "shop", "--yes", "--no-install", cwd=tmp_path)
    result = bigflow("migrate", cwd=tmp_path / "shop")
    assert (result.code, result.out, result.err) == (0, "", "nothing to change\n")


def test_outside_of_a_project(tmp_path: Path) -> None:
    assert bigflow("migrate", cwd=tmp_path).code == 2


def test_a_project_that_cannot_be_read(project: Callable[[str], Path]) -> None:
    root = project("legacy_1_11")
    (root / "pyproject.toml").write_text("[bigflow-project\n")
    result = bigflow("migrate", "--yes", cwd=root)
    assert (result.code, "pyproject.toml:1" in result.err) == (2, True)
