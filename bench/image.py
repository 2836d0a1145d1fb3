"""Turns images of one project, built and pushed by us, by Docker and by the peer, into seconds and ratios."""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from bench import image_project
from bench.build_project import REQUIREMENTS, place
from bench.environments import PEER as RELEASE
from bench.environments import builder, find_interpreter, peer_builder
from bench.image_project import change_line, docker_versions, forget_docker, forget_ours, make_cold, variables
from bench.lasting import Lasted, as_timing, lasted
from bench.measure import Command, failure
from bench.registry import registry
from bench.results import Bar, Machine, Result, tool_versions

PYTHON, PEER_PYTHON = "3.11", "3.10"
PEER = "the peer"
NO_TAR = "--no-export-image-tar"
BUILD_IMAGE = f"build-image --only runtime --only wheel --only image {NO_TAR}"
CHANGED, CHANGED_WITH_WHEEL = 5, 2  # times faster than docker build and push, at least
OWN = 0.3  # seconds beside the wheel, at most
COLD = 2.5
UNCHANGED_BUILD, UNCHANGED_WITHOUT_TAR = 25, 6  # times faster than the peer's whole build, at least
CHANGED_BUILD, COLD_BUILD = 6, 2.5
_LIMIT = 600.0
_PUSH = Path(__file__).with_name("image_push.py")


@dataclass(frozen=True, slots=True)
class Effort:
    """How often each is done."""

    changed: int
    cold: int
    builds: int
    cold_builds: int


@dataclass(frozen=True, slots=True)
class Builder:
    """Who builds, where, and what it sees."""

    name: str
    folder: Path
    variables: dict[str, str]
    forget: Callable[[], None]  # what it keeps for the next build

    def become_cold(self) -> None:
        make_cold(self.folder)
        self.forget()

    def does(self, shown: str, *argv: str) -> Lasted:
        """Once; the benchmark ends where it fails."""
        command = Command(f"{self.name}$ {shown}", argv, self.folder, self.variables)
        run = lasted(command, _LIMIT)
        return sys.exit(f"{run.failure}\n{failure(command)[-2000:]}") if run.failure or run.stopped else run

    def bigflow(self, words: str) -> Lasted:
        return self.does(f"bigflow {words}", "bigflow", *words.split())


@dataclass(frozen=True, slots=True)
class Race:
    """What was done in turns, by us and by another; and the seconds of the wheel that is in each of our builds."""

    ours: Sequence[Lasted]
    theirs: Sequence[Lasted]
    wheels: Sequence[float]

    @classmethod
    def of(cls, rounds: Iterable[tuple[Lasted, Lasted, float]]) -> "Race":
        return cls(*zip(*rounds, strict=True))

    def after_the_first(self) -> "Race":
        """The first round was to warm up."""
        return Race(self.ours[1:], self.theirs[1:], self.wheels[1:])

    def lead(self, name: str, other: str, at_least: float) -> Bar:
        """The median of the rounds' ratios."""
        ratios = [their.wall / one.wall for one, their in zip(self.ours, self.theirs, strict=True)]
        return Bar(f"{name}: times faster than {other}", round(median(ratios), 2), "at least", at_least)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="fewer rounds")
    effort = Effort(3, 1, 1, 1) if options.parse_args().quick else Effort(9, 3, 5, 3)
    machine = Machine.this()
    lacking = [f"Python {python}" for python in (PYTHON, PEER_PYTHON) if not find_interpreter(python)]
    if lacking := [*lacking, *image_project.missing_programs()]:
        sys.exit(f"needed, and not here: {', '.join(lacking)}")
    ours, theirs = builder(PYTHON, REQUIREMENTS), peer_builder(REQUIREMENTS)
    with tempfile.TemporaryDirectory(prefix="bigflow-bench-") as folder, registry(Path(folder, "base")) as host:
        base = image_project.push_base(host)
        here = Builder(ours.name, place("image"), variables(ours, base), forget_ours)
        docker = Builder("docker", place("image-docker"), here.variables, forget_docker)
        image_project.write(here.folder, theirs)
        races = [*_images(here, docker, effort, Path(folder))]
        here = Builder(ours.name, place("image-1.11-ours"), here.variables, forget_ours)
        there = Builder(theirs.name, place("image-1.11-theirs"), variables(theirs, base), forget_docker)
        for one in (here, there):
            image_project.write(one.folder, theirs, RELEASE)  # which runs its jobs: of 1.11, all projects have it
        races += _builds(here, there, effort)
    forget_docker()
    return Result(
        script="image",
        machine=machine,
        versions=tool_versions() | docker_versions() | {one.name: one.contents() for one in (ours, theirs)},
        bars=[bar for _, bars in races for bar in bars],
        figures=[as_timing(side) for race, _ in races for side in (race.ours, race.theirs)],
        not_measured=[],
    ).publish()


def _images(ours: Builder, docker: Builder, effort: Effort, scratch: Path) -> Iterator[tuple[Race, list[Bar]]]:
    """Built and pushed, by us and by Docker; the latter finds our wheel and need not build it."""
    ours.bigflow(f"build-image {NO_TAR}")  # now the base is in our cache, unpacked as well, as it is in Docker's
    cold = Race.of(_cold_images(ours, docker, scratch / str(turn)) for turn in range(effort.cold))
    yield cold, [cold.lead("cold, image built and pushed", "docker", COLD)]
    with registry(scratch / "changed") as host:
        _image_by_us(ours, host), _image_by_docker(ours, docker, host)  # it then has what will not change
        changed = Race.of(_changed_images(ours, docker, host) for _ in range(effort.changed))
    yield changed, list(_bars_of_changed(changed))


def _bars_of_changed(race: Race) -> Iterator[Bar]:
    name = "one line changed, image built and pushed"
    own = [one.wall - wheel for one, wheel in zip(race.ours, race.wheels, strict=True)]
    bare = [other.wall / seconds for other, seconds in zip(race.theirs, own, strict=True)]
    sides = zip(race.ours, race.theirs, race.wheels, strict=True)
    both = [(other.wall + wheel) / one.wall for one, other, wheel in sides]
    yield Bar(f"{name}: times faster than docker, without the wheel", round(median(bare), 2), "at least", CHANGED)
    yield Bar(f"{name}: the same, with the wheel on both sides", round(median(both), 2), "at least", CHANGED_WITH_WHEEL)
    yield Bar(f"{name}: seconds of our own beside the wheel", round(median(own), 3), "at most", OWN)


def _cold_images(ours: Builder, docker: Builder, scratch: Path) -> tuple[Lasted, Lasted, float]:
    """Into registries that are empty."""
    ours.become_cold()
    with registry(scratch) as host:
        one = _image_by_us(ours, host, "cold")
    docker.forget()
    with registry(scratch) as host:
        other = _image_by_docker(ours, docker, host, "cold")
    return one, other, _wheel(ours)


def _changed_images(ours: Builder, docker: Builder, host: str) -> tuple[Lasted, Lasted, float]:
    change_line(ours.folder)
    one = _image_by_us(ours, host, "one line changed")
    return one, _image_by_docker(ours, docker, host, "one line changed"), _wheel(ours)


def _image_by_us(ours: Builder, host: str, state: str = "") -> Lasted:
    built = ours.bigflow(BUILD_IMAGE)
    pushed = ours.does("push", "python", str(_PUSH), ".image", f"{host}/ours:bench")
    return _together(f"{state}: {built.shown}, and push", built, pushed)


def _image_by_docker(ours: Builder, docker: Builder, host: str, state: str = "") -> Lasted:
    for name in ("Dockerfile", "resources", "dist"):
        _copy(ours.folder / name, docker.folder / name)
    tag = f"{host}/docker:bench"
    built = docker.does("docker build", "docker", "build", ".", "--tag", tag)
    pushed = docker.does("docker push", "docker", "push", tag)
    docker.does("docker rmi", "docker", "rmi", "--no-prune", tag)
    return _together(f"{state}: {built.shown}, and push", built, pushed)


def _builds(ours: Builder, theirs: Builder, effort: Effort) -> Iterator[tuple[Race, list[Bar]]]:
    """The whole of `bigflow build`, by us and by the peer."""

    def race(rounds: int, state: str, words: str, prepare: Callable[[Builder], None]) -> Race:
        turns = ([_build(one, state, words, prepare) for one in (ours, theirs)] for _ in range(rounds))
        return Race.of((one, other, 0.0) for one, other in turns)

    cold = race(effort.cold_builds, "cold", "build", Builder.become_cold)
    yield cold, [cold.lead("build, cold", PEER, COLD_BUILD)]
    changed = race(effort.builds, "one line changed", "build", lambda one: change_line(one.folder))
    yield changed, [changed.lead("build, one line changed", PEER, CHANGED_BUILD)]
    same = race(effort.builds + 1, "nothing changed", "build", lambda _: None).after_the_first()
    yield same, [same.lead("build, nothing changed", PEER, UNCHANGED_BUILD)]
    bare = race(effort.builds + 1, "nothing changed", f"build {NO_TAR}", lambda _: None).after_the_first()
    yield bare, [bare.lead(f"build {NO_TAR}, nothing changed", PEER, UNCHANGED_WITHOUT_TAR)]


def _build(one: Builder, state: str, words: str, prepare: Callable[[Builder], None]) -> Lasted:
    prepare(one)
    run = one.bigflow(words)
    return replace(run, shown=f"{state}: {run.shown}")


def _together(shown: str, first: Lasted, second: Lasted) -> Lasted:
    return replace(first, shown=shown, wall=first.wall + second.wall, cpu=first.cpu + second.cpu)


def _wheel(ours: Builder) -> float:
    """The seconds of the wheel's backend, by the timeline of the last build."""
    last = max((ours.folder / ".bigflow" / "builds").glob("*/build.json"), key=lambda path: int(path.parent.name))
    steps = [step for phase in json.loads(last.read_text())["phases"] for step in phase["steps"]]
    return next(float(step["seconds"]) for step in steps if step["name"] == "wheel")


def _copy(source: Path, target: Path) -> None:
    """Instead of what is there."""
    if source.is_dir():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


if __name__ == "__main__":
    sys.exit(main())
