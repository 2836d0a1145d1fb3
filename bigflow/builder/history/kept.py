"""Turns the folder with a project's builds into what became of each, newest first, and keeps it bounded."""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from bigflow.builder.history.shape import fits
from bigflow.builder.report import BuildReport, PhaseReport, StepReport, report_from_json
from bigflow.errors import UsageError
from bigflow.project.layout import LOCK, VARIANTS

BUILDS = ".bigflow/builds"
FILE = "build.json"  # in the folder of a build
REPORT = "build/report.html"  # the page of the last build
_LONG_LINE = 500  # bytes
_HOLDER = re.compile(rb"build (\d+)")


@dataclass(frozen=True, slots=True)
class Lost:
    """A build of which nothing can be told but what its folder is called, and why."""

    id: str
    state: Literal["running", "interrupted", "unreadable"]
    why: str


class LogEnd(NamedTuple):
    """The last lines of a log, and how many bytes all of it has."""

    lines: tuple[str, ...]
    size: int
    whole: bool


def history(root: str) -> Iterator[BuildReport | Lost]:
    """What became of each build of the project, newest first."""
    at_work = _at_work(root)
    for number in sorted(_numbers(root), reverse=True):
        yield _recorded(root, str(number), at_work)


def recorded(root: str, wish: str) -> BuildReport:
    """One build, by its number or as `last`; UsageError when there is none, or nothing can be told of it."""
    if wish == "last":
        found = next(history(root), None)
        if found is None:
            raise UsageError("nothing was built here yet", where=BUILDS, hint="bigflow build")
    elif (build_id := wish.lstrip("0")) in map(str, _numbers(root)):
        found = _recorded(root, build_id, _at_work(root))
    else:
        raise UsageError(f"there is no build {wish}", where=BUILDS, hint="bigflow builds   lists them")
    if isinstance(found, Lost):
        raise UsageError(
            f"build {found.id} is {found.state}: {found.why}",
            where=os.path.join(BUILDS, found.id, FILE),
            hint="bigflow builds   lists the others",
        )
    return found


def build_before(root: str, build_id: str, variant: str = "") -> BuildReport | None:
    """The last build of the same before this one that left something, to compare with."""
    for build in history(root):
        if not isinstance(build, BuildReport) or int(build.id) >= int(build_id):
            continue
        if build.artifacts and build.variant == variant:
            return build
    return None


def folder_of(root: str, build_id: str) -> str:
    """Where a build is kept, with the logs of its steps."""
    return os.path.join(root, BUILDS, build_id)


def make_room(root: str, keep: int) -> None:
    """Forget the oldest builds when there are more than `keep`; never the one that is on its way."""
    at_work = _at_work(root)
    for number in sorted(_numbers(root))[:-keep]:
        if str(number) not in at_work:
            shutil.rmtree(folder_of(root, str(number)), ignore_errors=True)


def end_of_log(path: str, most: int) -> LogEnd:
    """The last lines of a file; of one with very long lines fewer. What cannot be read has none."""
    room = most * _LONG_LINE
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - room))
            lines = file.read(room).decode("utf-8", "replace").rstrip().split("\n")
    except OSError:
        return LogEnd((), 0, whole=True)
    return LogEnd(tuple(lines[-most:]) if lines != [""] else (), size, whole=size <= room and len(lines) <= most)


def _numbers(root: str) -> set[int]:
    try:
        names = os.listdir(os.path.join(root, BUILDS))
    except (FileNotFoundError, NotADirectoryError):
        return set()
    return {int(name) for name in names if name.isascii() and name.isdecimal() and name == str(int(name))}


def _recorded(root: str, build_id: str, at_work: frozenset[str]) -> BuildReport | Lost:
    try:
        with open(os.path.join(folder_of(root, build_id), FILE), encoding="utf-8", errors="surrogateescape") as file:
            read = report_from_json(file.read())
    except FileNotFoundError:
        if build_id in at_work:
            return Lost(build_id, "running", "it has just begun")
        return Lost(build_id, "interrupted", "it was killed before it had written anything down")
    except OSError as error:
        return Lost(build_id, "unreadable", f"its record cannot be read: {error.strerror}")
    except (ValueError, KeyError, TypeError, AttributeError, AssertionError, RecursionError):
        return Lost(build_id, "unreadable", "its record is damaged, or of another version of bigflow")
    if not fits(read, BuildReport):
        return Lost(build_id, "unreadable", "its record is damaged")
    known = replace(read, id=build_id)
    return known if read.state != "running" or build_id in at_work else _cut_short(known)


def _cut_short(build: BuildReport) -> BuildReport:
    """What was running when the process was killed was interrupted."""
    return replace(build, state="interrupted", phases=tuple(map(_phase_cut_short, build.phases)))


def _phase_cut_short(phase: PhaseReport) -> PhaseReport:
    state = "interrupted" if phase.state == "running" else phase.state
    return replace(phase, state=state, steps=tuple(map(_step_cut_short, phase.steps)))


def _step_cut_short(step: StepReport) -> StepReport:
    return replace(step, state="interrupted") if step.state == "running" else step


def _at_work(root: str) -> frozenset[str]:
    """The ids of the builds that are on their way, of the project and of its variants."""
    locks = (os.path.join(folder, LOCK) for folder in (root, *_variant_folders(root)))
    return frozenset(filter(None, map(_holder, locks)))


def _variant_folders(root: str) -> list[str]:
    """By their names alone: `bigflow builds` need not know what a variant is."""
    try:
        with os.scandir(os.path.join(root, VARIANTS)) as entries:
            return [entry.path for entry in entries]
    except OSError:
        return []


def _holder(lock: str) -> str:
    """The id of the build that holds this lock: it ends with its process."""
    try:
        with open(lock, "rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = _HOLDER.match(file.read(200))
                return holder[1].decode() if holder else ""
    except OSError:
        pass
    return ""
