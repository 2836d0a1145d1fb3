"""`bigflow cache`: what builds keep, how large it is, and that nothing is lost with it."""

import json
import os
from pathlib import Path

import pytest
from support.cli import Result, bigflow
from support.shop import shop, surroundings


@pytest.fixture
def built(tmp_path: Path) -> Path:
    root = shop(tmp_path / "shop")
    done = bigflow("build-package", cwd=root, env=surroundings(tmp_path / "home"), timeout=300)
    assert done.code == 0, done.err
    return root


def cache(root: Path, *words: str) -> Result:
    return bigflow("cache", *words, cwd=root, env=surroundings(root.parent / "home"))


def listed(root: Path) -> dict[str, dict[str, object]]:
    return {one["name"]: one for one in json.loads(cache(root, "--json").out)}


def test_all_that_a_build_keeps_is_in_the_list(built: Path) -> None:
    """A new room in the machine's cache has to be named there."""
    known = {Path(str(path)) for one in listed(built).values() for path in one["paths"]}  # type: ignore[union-attr]
    machine = built.parent / "home/.cache/bigflow-framework"
    assert {machine / name for name in os.listdir(machine)} <= known
    assert listed(built)["environments"]["size"] != 0


def test_what_is_cleared_is_made_again_and_nothing_else_is_gone(built: Path) -> None:
    done = cache(built, "--clear", "steps", "--clear", "framework")
    assert (done.code, done.out.split(":")[0]) == (0, "cleared framework, steps")
    assert listed(built)["steps"]["files"] == 0
    assert listed(built)["environments"]["size"] != 0
    assert (built / "build/manifest.json").is_file()
    again = bigflow("build-package", cwd=built, env=surroundings(built.parent / "home"), timeout=300)
    assert again.code == 0
    assert "unchanged" not in again.err
    assert "Built shop" in again.err


def test_everything_can_be_cleared_twice(built: Path) -> None:
    assert cache(built, "--clear", "all").code == 0
    assert {one["files"] for one in listed(built).values()} == {0}
    assert cache(built, "--clear", "all").out.endswith(": 0 bytes\n")


def test_outside_of_a_project_there_is_the_machines(tmp_path: Path) -> None:
    done = bigflow("cache", cwd=tmp_path, env=surroundings(tmp_path / "home"))
    assert done.code == 0
    assert {line.split()[1] for line in done.out.splitlines()[1:-1]} == {"machine"}
    assert "0 bytes in all" in done.out


@pytest.mark.parametrize(
    ("name", "hint"), [("tree", "did you mean 'trees'?"), ("qqqqqq", "one of images, trees, environments")]
)
def test_a_name_that_is_none(name: str, hint: str, tmp_path: Path) -> None:
    done = bigflow("cache", "--clear", name, cwd=tmp_path, env=surroundings(tmp_path / "home"))
    assert (done.code, done.err.splitlines()[0]) == (2, f"error: there is no cache '{name}' here")
    assert hint in done.err


def test_outside_of_a_project_a_projects_caches_are_none(tmp_path: Path) -> None:
    done = bigflow("cache", "--clear", "buildspec-cache", cwd=tmp_path, env=surroundings(tmp_path / "home"))
    assert (done.code, done.err.splitlines()[0]) == (2, "error: there is no cache 'buildspec-cache' here")
