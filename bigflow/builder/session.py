"""Turns a project and what the user asked for into one build, alone in its folder and written down in the history."""

import contextlib
import os
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from bigflow import _ambient, _files
from bigflow._files import new_numbered_folder, write_atomically
from bigflow.artifacts.artifact import Artifact, Part
from bigflow.artifacts.manifest import PATH, Manifest, read_manifest
from bigflow.builder.default import PARTS
from bigflow.builder.events import BuildEnded, BuildListener, BuildStarted, Waiting
from bigflow.builder.fingerprint import Fingerprints
from bigflow.builder.history.kept import BUILDS, FILE, LOCK, REPORT, make_room
from bigflow.builder.opening import open_project
from bigflow.builder.pipeline import Order, Pipeline
from bigflow.builder.project_steps import project_steps
from bigflow.builder.records import Records
from bigflow.builder.report import BuildReport, BuildState, Input, Package, PhaseReport
from bigflow.builder.requirements.lock import locked
from bigflow.builder.selection import Phase, Selection, selected
from bigflow.builder.step import Interpreter, Project, Step, Wishes
from bigflow.builder.traceless import CACHE
from bigflow.errors import BigflowError, ExitCode

STATE = ".bigflow"


@dataclass(frozen=True, slots=True)
class Ask:
    """What the user asked for."""

    command: str  # a key of PARTS
    typed: str  # the whole of it, after `bigflow`
    wishes: Wishes = field(default_factory=Wishes)
    selection: Selection = field(default_factory=Selection)
    use_records: bool = True
    parallel: int = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Where a build happens."""

    root: str
    python: Interpreter
    cache: str  # of this machine
    source_date: int | None = None  # the time that artifacts shall carry, if somebody said one
    image_base: str | None = None  # instead of what the project says, where that cannot be had


@dataclass(frozen=True, slots=True)
class Opened:
    """A project, what is to be done to it, and what lies there of the build before."""

    project: Project
    phases: tuple[Phase, ...]
    steps: Mapping[str, Step]
    reopen: Callable[[], Project]
    previous: Manifest | None = None
    part: Selection = field(default_factory=Selection)  # of the steps, that the command is about


def build(place: Place, ask: Ask, tell: BuildListener) -> BuildReport:
    """One build of a bigflow project, by the steps that every project has and those of its own."""
    return conduct(place.root, ask, tell, lambda: _as_project(place, ask.command))


def conduct(root: str, ask: Ask, tell: BuildListener, opening: Callable[[], Opened]) -> BuildReport:
    """One build, from its first step to its place in the history. A second one in this folder waits for its end."""
    state = os.path.join(root, STATE)
    with _files.locked(os.path.join(root, LOCK), lambda holder: tell(Waiting(holder))) as sign:
        opened = opening()
        project, phases = opened.project, opened.phases
        chosen = selected(phases, opened.part) & selected(phases, ask.selection)
        number, folder = new_numbered_folder(os.path.join(root, BUILDS))
        sign(f"build {number}, process {os.getpid()}")
        report = _begun(project, ask, str(number))
        write_atomically(os.path.join(folder, FILE), report.to_json())
        fingerprints = Fingerprints(project.root, os.path.join(state, "fingerprints.json"))
        order = Order(
            id=str(number),
            folder=folder,
            work=_empty(os.path.join(state, "work")),
            project=project,
            wishes=ask.wishes,
            phases=phases,
            steps=opened.steps,
            chosen=chosen,
            previous=opened.previous,
            reopen=opened.reopen,
            use_records=ask.use_records,
            parallel=ask.parallel,
        )
        todo = tuple((phase.name, tuple(step for step in phase.all if step in chosen)) for phase in phases)
        tell(BuildStarted(str(number), project.spec.name, project.version, project.python.version, todo))
        pipeline = Pipeline(order, Records(os.path.join(state, "steps"), fingerprints), fingerprints, tell)
        finished = _finished(report, pipeline, order)
        if finished.exit_code == ExitCode.OUTSIDE:  # on a full disk Python leaves halves of its bytecode there
            shutil.rmtree(os.path.join(root, CACHE), ignore_errors=True)
        write_atomically(os.path.join(folder, FILE), finished.to_json())
        fingerprints.keep()
        make_room(root, project.settings.keep)
        if pipeline.worked or finished.state != "succeeded" or not os.path.isfile(os.path.join(root, REPORT)):
            from bigflow.builder.history.page import write_report_page  # late: it draws

            write_report_page(root, finished)
        tell(BuildEnded(finished, folder))
    return finished


def _as_project(place: Place, command: str) -> Opened:
    project = _opened(place)
    phases, steps = project_steps(project)
    previous = read_manifest(os.path.join(project.root, PATH))
    return Opened(project, phases, steps, lambda: _opened(place), previous, PARTS[command])


def _opened(place: Place) -> Project:
    project = open_project(place.root, place.python, place.cache, place.source_date)
    if place.image_base is None:
        return project
    image = project.spec.image._replace(base=place.image_base)
    return replace(project, spec=project.spec._replace(image=image))


def _empty(folder: str) -> str:
    """A build that was killed may have left something in it."""
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def _begun(project: Project, ask: Ask, number: str) -> BuildReport:
    return BuildReport(
        id=number,
        command=ask.typed,
        project=project.spec.name,
        version=project.version,
        commit=project.commit,
        python=project.python.version,
        began=_ambient.now().isoformat(timespec="seconds"),
        state="running",
    )


def _finished(begun: BuildReport, pipeline: Pipeline, order: Order) -> BuildReport:
    began = _ambient.stopwatch()
    phases = pipeline.run()
    artifacts = tuple(artifact for done in pipeline.done.values() for artifact in done.artifacts)
    return replace(
        begun,
        version=pipeline.project.version,
        state=_state(phases, pipeline.interrupted),
        seconds=round(_ambient.stopwatch() - began, 3),
        own_cpu_seconds=round(_ambient.cpu_time(), 3),
        phases=phases,
        artifacts=artifacts,
        inputs=tuple(Input(path, sha256) for path, sha256 in pipeline.inputs),
        packages=tuple(_packages(pipeline.project)),
        contents=tuple(
            part for artifact in artifacts if artifact.kind == "wheel" for part in _contents(order, artifact)
        ),
    )


def _state(phases: Iterable[PhaseReport], interrupted: bool) -> BuildState:
    if interrupted:
        return "interrupted"
    return "succeeded" if all(phase.state == "succeeded" for phase in phases) else "failed"


def _packages(project: Project) -> Iterator[Package]:
    path = os.path.join(project.root, project.spec.requirements_file)
    with contextlib.suppress(BigflowError):
        for package in locked(path).packages:
            yield Package(package.name, package.version)


def _contents(order: Order, wheel: Artifact) -> Iterator[Part]:
    """The files in a wheel, by its own list of them: nothing is unpacked."""
    with (
        contextlib.suppress(OSError, zipfile.BadZipFile),
        zipfile.ZipFile(os.path.join(order.project.root, wheel.path)) as archive,
    ):
        for file in archive.infolist():
            yield Part(file.filename, file.file_size, f"crc32:{file.CRC:08x}")
