"""Turns a project and what the user asked for into one build, alone in its folder and written down in the history."""

import contextlib
import os
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bigflow import _ambient, _files
from bigflow._files import new_numbered_folder, write_atomically
from bigflow.artifacts.artifact import Artifact, Part
from bigflow.artifacts.manifest import PATH, Manifest, read_manifest
from bigflow.builder.default import NODE_PARTS, PARTS
from bigflow.builder.events import BuildEnded, BuildListener, BuildStarted, Waiting
from bigflow.builder.fingerprint import Fingerprints
from bigflow.builder.history.kept import BUILDS, FILE, REPORT, make_room
from bigflow.builder.opening import open_project
from bigflow.builder.pipeline import Order, Pipeline
from bigflow.builder.project_steps import node_steps, project_steps
from bigflow.builder.records import Records
from bigflow.builder.report import BuildReport, BuildState, Input, Package, PhaseReport
from bigflow.builder.requirements.lock import locked
from bigflow.builder.selection import Phase, Selection, selected
from bigflow.builder.step import Interpreter, Project, Step, Wishes
from bigflow.builder.traceless import CACHE
from bigflow.errors import BigflowError, ExitCode, UsageError
from bigflow.project.layout import LOCK, is_project

if TYPE_CHECKING:
    from bigflow.project.variant_folder import Laid

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
    clean: bool = False  # what earlier builds left goes first


@dataclass(frozen=True, slots=True)
class Place:
    """Where a build happens."""

    root: str
    python: Interpreter
    cache: str  # of this machine
    source_date: int | None = None  # the time that artifacts shall carry, if somebody said one
    image_base: str | None = None  # instead of what the project says, where that cannot be had
    laid: "Laid | None" = None  # what `root` is of a variant


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
    """One build of a project, by the steps that every project of its kind has and those of its own."""
    opening = _as_project if is_project(place.root) else _as_node
    return conduct(place.root, ask, tell, lambda: opening(place, ask.command), place.laid)


def conduct(
    root: str, ask: Ask, tell: BuildListener, opening: Callable[[], Opened], laid: "Laid | None" = None
) -> BuildReport:
    """One build, from its first step to its place in the history. A second one in this folder waits for its end.

    All variants of a project have one history, and what a build makes of one goes to the tree.
    """
    state, home = os.path.join(root, STATE), laid.tree if laid else root
    with _files.locked(os.path.join(root, LOCK), lambda holder: tell(Waiting(holder))) as sign:
        opened = opening()
        project, phases = opened.project, opened.phases
        chosen = selected(phases, opened.part) & selected(phases, ask.selection)
        number, folder = new_numbered_folder(os.path.join(home, BUILDS))
        sign(f"build {number}, process {os.getpid()}")
        report = _begun(project, ask, str(number))
        write_atomically(os.path.join(folder, FILE), report.to_json())
        if ask.clean:
            from bigflow.builder.cleaning import clean  # late: hardly ever

            clean(project, ask.wishes, phases, opened.steps)
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
        if laid is not None:
            from bigflow.builder.publishing import as_published, publish  # late: most projects have no variants

            finished = replace(finished, artifacts=as_published(finished.artifacts, laid))
        if finished.exit_code == ExitCode.OUTSIDE:  # on a full disk Python leaves halves of its bytecode there
            shutil.rmtree(os.path.join(root, CACHE), ignore_errors=True)
        write_atomically(os.path.join(folder, FILE), finished.to_json())
        fingerprints.keep()
        make_room(home, project.settings.keep)
        if pipeline.worked or finished.state != "succeeded" or not os.path.isfile(os.path.join(root, REPORT)):
            from bigflow.builder.history.page import write_report_page  # late: it draws

            write_report_page(root, finished, home)
        if laid is not None:
            publish(laid)
        tell(BuildEnded(finished, folder))
    return finished


def _as_project(place: Place, command: str) -> Opened:
    project = _opened(place)
    phases, steps = project_steps(project)
    target = command.partition(" --target ")[2]
    if target and target not in steps:
        hint = f"write [tool.bigflow.{target}], even if there is nothing to say in it: docs/how-to/build-for-emr.md"
        raise UsageError(f"the project has no table [tool.bigflow.{target}]", where="pyproject.toml", hint=hint)
    previous = read_manifest(os.path.join(project.root, PATH))
    part = PARTS[command]
    known = tuple(step for step in part.skip if step in steps)
    return Opened(project, phases, steps, lambda: _reopened(place), previous, replace(part, skip=known))


def _as_node(place: Place, command: str) -> Opened:
    """A service in Node, by the tools that it brings."""
    from bigflow.builder.node.opening import open_node  # late: most projects are no such thing

    if command not in NODE_PARTS:
        raise UsageError(
            f"a Node project has nothing that {command} could build", where=place.root, hint="bigflow build"
        )

    def again() -> Project:
        return open_node(place.root, place.python, place.cache, place.source_date)

    project = again()
    phases, steps = node_steps(project)
    previous = read_manifest(os.path.join(project.root, PATH))
    return Opened(project, phases, steps, again, previous, NODE_PARTS[command])


def _reopened(place: Place) -> Project:
    """With the lock that a variant may have got: it is a source of the tree, which git is asked about."""
    if place.laid is not None:
        from bigflow.project.variant_folder import bring_back_lock  # late: most projects have no variants

        bring_back_lock(place.laid)
    return _opened(place)


def _opened(place: Place) -> Project:
    project = open_project(place.root, place.python, place.cache, place.source_date, place.laid)
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
        variant=project.variant,
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
