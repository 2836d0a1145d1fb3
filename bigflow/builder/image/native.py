"""Turns a base image, the lock and the wheels of a build into the project's image, without an engine."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bigflow import _ambient
from bigflow._files import sha256_of
from bigflow._version import __version__
from bigflow.builder.image.built import Built
from bigflow.builder.image.bytecode import Compiler, compile_into, compiler_for
from bigflow.builder.image.dependencies import dependency_layer
from bigflow.builder.image.foundation import Foundation, foundation
from bigflow.builder.image.kept import KeptLayers
from bigflow.builder.image.labels import labels, of_base
from bigflow.builder.image.offer import offer_of
from bigflow.builder.image.places import HOME, UID, VENV, WORK_FOLDER
from bigflow.builder.image.registries import registries_of
from bigflow.builder.image.venv import packages, skeleton
from bigflow.builder.image.wanted import base_name, bases_wanted
from bigflow.builder.image.wheels import install_wheel
from bigflow.builder.step import Wishes, Work
from bigflow.builder.wheel.places import RUNTIME, wheel_path
from bigflow.builder.wheel.runtime import framework_hash
from bigflow.containers.bases import A_DAY, Shelf
from bigflow.containers.image import Image, Layer
from bigflow.containers.layer import Entry, write_layer
from bigflow.containers.store import Store
from bigflow.containers.wanted import Wanted
from bigflow.errors import Finding, OutsideError, UsageError

_TIME = 315_532_800  # 1980: what does not come from the project bears no time of it
_AGAIN = "bigflow build --only build"


@dataclass(frozen=True, slots=True)
class _Bench:
    """All that the layers of one platform are made with."""

    work: Work
    foundation: Foundation
    compiler: Compiler | None
    kept: KeptLayers


def build(work: Work) -> Built:
    """The images. What is like in an earlier build is taken from there, layer by layer."""
    project = work.project
    for path in (wheel_path(project), RUNTIME):
        if not os.path.isfile(os.path.join(project.root, path)):
            raise UsageError(f"there is no {path}", hint=_AGAIN)
    store = Store(os.path.join(project.cache, "blobs"))
    shelf = _shelf(work, store)
    benches = [_bench(work, shelf, wanted) for wanted in bases_wanted(project)]
    images = tuple(_image(bench) for bench in benches)
    for image in images:
        store.put(image.documents)
    base = benches[0].foundation.base
    notes = dict.fromkeys(note for bench in benches for note in _notes(bench))
    return Built(
        images,
        store,
        base=base.public_name or base_name(project),
        base_digest=base.digest,
        base_layers=tuple(len(bench.foundation.base.image.layers) for bench in benches),
        warnings=tuple(notes),
        good_for=A_DAY if any(bench.foundation.base.changes for bench in benches) else None,
    )


def ahead(work: Work) -> tuple[Layer, ...]:
    """The layers of what the lock names, made and kept; none while a base image is not on this machine."""
    shelf = _shelf(work, Store(os.path.join(work.project.cache, "blobs")), here=True)
    try:
        benches = [_bench(work, shelf, wanted) for wanted in bases_wanted(work.project)]
    except OutsideError:
        return ()
    layers = (dependency_layer(work, bench.foundation, bench.compiler, bench.kept) for bench in benches)
    return tuple(layer for layer in layers if layer is not None)


def _shelf(work: Work, store: Store, *, here: bool = False) -> Shelf:
    wishes: Wishes = work.wishes
    return Shelf(
        store,
        lambda: registries_of(_ambient.environment()),
        work.tool,
        _ambient.now().timestamp(),
        anew=not here and (wishes.anew or wishes.upgrade),
        offline=here or wishes.offline,
    )


def _bench(work: Work, shelf: Shelf, wanted: Wanted) -> _Bench:
    base = shelf.get(wanted)
    found = foundation(work.project, wanted.name, base, offer_of(base.image, shelf.store))
    return _Bench(work, found, compiler_for(work, found.python), KeptLayers(shelf.store))


def _image(bench: _Bench) -> Image:
    project, base = bench.work.project, bench.foundation.base
    layers = (
        dependency_layer(bench.work, bench.foundation, bench.compiler, bench.kept),
        _runtime_layer(bench),
        _project_layer(bench),
    )
    image = base.image.with_layers(*(layer for layer in layers if layer is not None))
    before = base.image.settings
    settings = replace(before, labels=tuple(pair for pair in before.labels if not of_base(pair[0])))
    path = dict(settings.env).get("PATH", "/usr/local/bin:/usr/bin:/bin")
    variables = {
        "PATH": path if path.startswith(f"/{VENV}/bin:") else f"/{VENV}/bin:{path}",
        "HOME": HOME,
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    ours = settings.with_env(**variables).with_labels(labels(project, base))
    ours = replace(ours, user=f"{UID}:{UID}", workdir=WORK_FOLDER, entrypoint=(), command=("bigflow", "--help"))
    return image.with_settings(ours).created_at(project.commit_time)


def _runtime_layer(bench: _Bench) -> Layer:
    """The environment, its user, and the framework: the same for all projects on this base."""
    found = bench.foundation
    framework = framework_hash(bench.work.project.cache)
    inputs = (framework, found.python, found.interpreter, found.passwd, found.group, _version(bench))
    wheel = os.path.join(bench.work.project.root, RUNTIME)

    def make() -> Layer:
        entries = (*skeleton(found), *_installed(bench, "runtime", wheel))
        return write_layer(entries, bench.kept.store, mtime=_TIME, note=f"bigflow {__version__}")

    return bench.kept.layer("runtime", inputs, make)


def _project_layer(bench: _Bench) -> Layer:
    project, found = bench.work.project, bench.foundation
    wheel = os.path.join(project.root, wheel_path(project))
    inputs = (sha256_of(wheel), found.python, _version(bench), str(project.commit_time))

    def make() -> Layer:
        entries = _installed(bench, "project", wheel)
        note = f"{project.spec.name} {project.version}"
        return write_layer(entries, bench.kept.store, mtime=project.commit_time, note=note)

    return bench.kept.layer("project", inputs, make)


def _installed(bench: _Bench, name: str, wheel: str) -> Iterator[Entry]:
    """What one wheel leaves in an environment, with bytecode if it can be had."""
    python = bench.foundation.python
    prefix = os.path.join(bench.work.folder, f"{name}-{python}")
    if not os.path.exists(prefix):
        install_wheel(wheel, prefix, python)
        if bench.compiler is not None:
            compile_into(bench.work, bench.compiler, prefix)
    return packages(prefix, python)


def _version(bench: _Bench) -> str:
    return bench.compiler.version if bench.compiler else ""


def _notes(bench: _Bench) -> Iterator[Finding]:
    base, python = bench.foundation.base, bench.foundation.python
    if base.note:
        yield Finding(base.note)
    if bench.compiler is None:
        yield Finding(
            f"the image has no bytecode: there is no Python {python} on this machine to compile it",
            hint=f"containers start more slowly; with Python {python} installed here, the next build compiles it",
        )
