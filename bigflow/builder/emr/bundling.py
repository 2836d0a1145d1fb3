"""Turns a project whose wheel is built into the folder of its EMR bundle, and the value that describes it."""

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bigflow import _ambient
from bigflow._files import sha256_of, write_atomically
from bigflow.artifacts.artifact import Part, parts_of
from bigflow.artifacts.emr_bundle import FILE, Dependencies, EmrBundle
from bigflow.builder.emr.installing import install, left_out
from bigflow.builder.emr.jars import VARIABLE, Jars
from bigflow.builder.emr.packing import Entry, write_tar_gz, write_zip
from bigflow.builder.emr.places import DEPENDENCIES, JARS, SCRIPTS, UPLOAD, WHEEL
from bigflow.builder.emr.scripts import entry_scripts
from bigflow.builder.emr.settings import EmrSettings
from bigflow.builder.emr.tree import environment, native, packages, resources, unpacked
from bigflow.builder.emr.upload_script import upload_script
from bigflow.builder.step import Project, Work
from bigflow.builder.wheel.places import RUNTIME, wheel_path
from bigflow.errors import UsageError

_AGAIN = "bigflow build --only build"


@dataclass(frozen=True, slots=True)
class Bundled:
    """The bundle in its folder, and why its dependencies are as they are."""

    folder: str
    bundle: EmrBundle
    reason: str


def make(work: Work, wanted: EmrSettings) -> Bundled:
    """All of it, in the step's own folder. The manifest is made of the files, and the script of the manifest."""
    project = work.project
    scripts = entry_scripts(project, wanted.entry_scripts)
    maven = wanted.maven or _ambient.environment().get(VARIABLE, "")
    jars = Jars(project.root, project.spec.where("emr"), project.cache, maven, offline=work.wishes.offline)
    jar_files = jars.files(wanted.jars, work.tell)
    folder = os.path.join(work.folder, "bundle")
    wheel = wheel_path(project)
    _copy(_built(project, wheel), os.path.join(folder, WHEEL, os.path.basename(wheel)))
    for name, path in scripts.items():
        _copy(os.path.join(project.root, path), os.path.join(folder, SCRIPTS, f"{name}.py"))
    for name, path in jar_files.items():
        _copy(path, os.path.join(folder, JARS, name))
    dependencies, reason = _dependencies(work, wanted, folder)
    bundle = EmrBundle(
        project=project.spec.name,
        version=project.version,
        python=wanted.python,
        interpreter=wanted.interpreter,
        wheel=f"{WHEEL}/{os.path.basename(wheel)}",
        dependencies=dependencies,
        entry_scripts=tuple((name, f"{SCRIPTS}/{name}.py") for name in scripts),
        jars=tuple(f"{JARS}/{name}" for name in jar_files),
        files=parts_of(folder),
    )
    manifest = os.path.join(folder, FILE)
    write_atomically(manifest, bundle.to_json())
    upload = os.path.join(folder, UPLOAD)
    write_atomically(upload, upload_script(bundle, Part(FILE, os.path.getsize(manifest), sha256_of(manifest))))
    os.chmod(upload, 0o755)
    return Bundled(folder, bundle, reason)


def _dependencies(work: Work, wanted: EmrSettings, folder: str) -> tuple[Dependencies, str]:
    project = work.project
    installed = install(work, wanted)
    compiled = native(installed) if installed else ()
    found = {entry.path: entry for entry in _entries(work, wanted, installed)}
    entries = list(found.values())
    kind, reason = _kind(wanted, compiled, resources(entries, project.spec.package))
    path = DEPENDENCIES[kind]
    place = os.path.join(folder, path)
    os.makedirs(os.path.dirname(place))
    if kind == "zip":
        write_zip(place, entries, project.commit_time)
    else:
        write_tar_gz(place, environment(entries, wanted.python, wanted.interpreter), project.commit_time)
    os.chmod(place, 0o644)
    return Dependencies(kind, path, compiled, left_out(project, wanted)), reason


def _entries(work: Work, wanted: EmrSettings, installed: str | None) -> Iterator[Entry]:
    """What is required, the framework, and the project: what comes later wins."""
    if installed:
        yield from packages(installed)
    wheels: Mapping[str, str] = {"framework": RUNTIME} if wanted.has_framework else {}
    for name, wheel in {**wheels, "project": wheel_path(work.project)}.items():
        yield from unpacked(_built(work.project, wheel), os.path.join(work.folder, name), wanted.python)


def _kind(
    wanted: EmrSettings, compiled: tuple[str, ...], read: tuple[str, ...]
) -> tuple[Literal["zip", "environment"], str]:
    """A zip, unless something in it could not be used there."""
    if wanted.dependencies == "zip":
        if compiled:
            message = (
                f'emr.dependencies is "zip", and Python cannot load native code out of a zip: {", ".join(compiled)}'
            )
            raise UsageError(message, hint='dependencies = "environment", or "auto"')
        return "zip", ""
    if wanted.dependencies == "environment":
        return "environment", ""
    if compiled:
        return "environment", f"{', '.join(compiled)} {'has' if len(compiled) == 1 else 'have'} native code"
    if read:
        return "environment", f"resources such as {read[0]} are files"
    return "zip", "all is plain Python"


def _built(project: Project, path: str) -> str:
    full = os.path.join(project.root, path)
    if not os.path.isfile(full):
        raise UsageError(f"there is no {path}", hint=_AGAIN)
    return full


def _copy(path: str, place: str) -> None:
    os.makedirs(os.path.dirname(place), exist_ok=True)
    shutil.copyfile(path, place)
    os.chmod(place, 0o644)
