"""Environments that are shared by all builds of a machine: made once, whole, and again when they are broken."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.building import perform
from support.small_shop import opened, write_shop

from bigflow.builder.step import Declared, Done, NotNeeded, Project, Wishes, Work
from bigflow.builder.wheel.environments import environment, packages_of, python_of
from bigflow.errors import BigflowError

ROOM = "for-tests"


class Trying:
    """A step that does just this."""

    def __init__(self, act: Callable[[Work], str]) -> None:
        self._act = act

    def declare(self, project: Project, wishes: Wishes) -> Declared | NotNeeded:
        return Declared()

    def perform(self, work: Work) -> Done:
        return Done(self._act(work))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return opened(write_shop(tmp_path / "shop"), tmp_path / "cache")


def made(project: Project, inputs: tuple[str, ...] = (), words: tuple[str, ...] = ()) -> tuple[Path, str]:
    """Where it is, and the log: empty when there was nothing to do."""
    tried = perform(Trying(lambda work: environment(work, ROOM, words, inputs)), project)
    assert tried.done is not None, tried.error
    return Path(tried.done.summary), tried.log


def test_it_is_made_once(project: Project) -> None:
    place, _ = made(project)
    (Path(packages_of(str(place))) / "mark").touch()
    assert made(project)[0] == place
    assert (Path(packages_of(str(place))) / "mark").exists()


def test_other_inputs_are_another_one(project: Project) -> None:
    assert made(project, ("a",))[0] != made(project, ("b",))[0]
    assert made(project, ("a", "b"))[0] != made(project, ("ab",))[0]


def test_what_a_killed_build_left_is_swept_away(project: Project) -> None:
    place, _ = made(project)
    half = Path(f"{place}.half")
    place.rename(half)
    (half / "rubbish").touch()
    assert made(project)[0] == place
    assert not half.exists()
    assert not (place / "rubbish").exists()


def test_one_whose_python_is_gone_is_made_again(project: Project) -> None:
    place, _ = made(project)
    python = Path(python_of(str(place)))
    python.unlink()
    python.symlink_to("/nowhere/python")
    assert os.access(python_of(str(made(project)[0])), os.X_OK)


def test_one_that_cannot_be_filled_is_not_there(project: Project) -> None:
    words = ("--no-index", "no-such-package-anywhere")
    tried = perform(Trying(lambda work: environment(work, ROOM, words, words)), project)
    assert isinstance(tried.error, BigflowError)
    assert "no-such-package-anywhere" in tried.error.message
    room = Path(project.cache, ROOM)
    assert not [path for path in room.iterdir() if os.access(python_of(str(path)), os.X_OK) and path.suffix != ".half"]


def test_two_builds_at_once_make_one(project: Project, tmp_path: Path) -> None:
    projects = [project, *(opened(write_shop(tmp_path / name), tmp_path / "cache") for name in "abc")]
    with ThreadPoolExecutor() as pool:
        places = {place for place, _ in pool.map(made, projects)}
    (place,) = places
    assert os.access(python_of(str(place)), os.X_OK)
