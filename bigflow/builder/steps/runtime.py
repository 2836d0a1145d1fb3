"""Turns the running framework into the runtime wheel that goes into the project's image."""

import os
import shutil

from bigflow._files import unwritable
from bigflow._version import __version__
from bigflow.artifacts.artifact import Made, artifact_of
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Wishes, Work
from bigflow.builder.wheel.places import RUNTIME
from bigflow.builder.wheel.runtime import FILE, framework_hash, remember_framework, write_runtime
from bigflow.drawing.sizes import size


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    """It is made of the framework alone."""
    return Declared(values=(framework_hash(project.cache),), leaves=(RUNTIME,))


def perform(work: Work) -> Done:
    """One for all projects of this machine: it is made once for each state of the framework."""
    project = work.project
    kept = os.path.join(project.cache, "runtime", framework_hash(project.cache), FILE)
    half, place = os.path.join(work.folder, FILE), os.path.join(project.root, RUNTIME)
    try:
        if not os.path.isfile(kept):
            _make(kept)
        remember_framework(project.cache)
        shutil.copyfile(kept, half)
        shutil.rmtree(os.path.dirname(place), ignore_errors=True)  # that of another version
        os.makedirs(os.path.dirname(place))
        os.replace(half, place)
    except OSError as error:
        raise unwritable(error.filename or place, error) from error
    artifact = artifact_of(project.root, RUNTIME, "runtime", Made(__version__, work.made.inputs))
    return Done(f"runtime ({size(artifact.size)})", (artifact,))


def _make(place: str) -> None:
    """At once: builds of other projects may be at it, too."""
    os.makedirs(os.path.dirname(place), exist_ok=True)
    half = f"{place}.{os.getpid()}"
    write_runtime(half)
    os.replace(half, place)
