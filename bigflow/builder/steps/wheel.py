"""Turns the project's sources and resources into its wheel in `dist/`."""

import contextlib
import glob
import os
from dataclasses import replace

from bigflow._files import unwritable
from bigflow.artifacts.artifact import artifact_of
from bigflow.builder.requirements.names import normal
from bigflow.builder.sources import generated
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Wishes, Work
from bigflow.builder.wheel.making import built_by, make, plan
from bigflow.builder.wheel.places import wheel_path
from bigflow.drawing.sizes import size
from bigflow.project.spec import SETUP_FILES


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    """It reads what it packages, and what says how. Only the path of the wheel is ours, not the folder."""
    way, sources = plan(project)
    spec = project.spec
    folders = (spec.package, *(spec.packages or ()))
    files = (
        *generated(project),
        *(folder.replace(".", "/") for folder in dict.fromkeys(folders)),
        spec.resources_dir,
        spec.requirements_file,
        "pyproject.toml",
        *SETUP_FILES,
        *way.patterns,
        *(glob.escape(path) for path in (*sources.links, *(source.path for source in sources.data))),
    )
    values = (
        project.version,
        str(project.commit_time),
        project.python.version,
        repr(spec._replace(root="")),
        *built_by(way),
    )
    return Declared(tuple(dict.fromkeys(files)), values, (wheel_path(project),))


def perform(work: Work) -> Done:
    """The new wheel takes its place before those of other versions are removed."""
    project = work.project
    wheel = make(work)
    path = wheel_path(project)
    place = os.path.join(project.root, path)
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.replace(wheel.path, place)
    except OSError as error:
        raise unwritable(place, error) from error
    _remove_older(place, project.spec.name, _of_variants(work))
    artifact = artifact_of(project.root, path, "wheel", work.made)
    if generated(project):
        from bigflow.builder.generation.state import read_state  # late: few projects have generated code

        artifact = replace(artifact, details=(("generated_by", ", ".join(read_state(project.root).by)),))
    return Done(f"wheel {project.version} ({size(artifact.size)})", (artifact,), wheel.warnings)


def _of_variants(work: Work) -> tuple[str, ...]:
    """The wheels of the project's variants: each is taken away by the next one of its own."""
    wheels = work.previous.of_kind("wheel") if work.previous else ()
    return tuple(os.path.basename(wheel.path) for wheel in wheels if wheel.variant)


def _remove_older(place: str, name: str, kept: tuple[str, ...]) -> None:
    """Wheels of this very project only: somebody may keep others there."""
    folder, new = os.path.split(place)
    for other in os.listdir(folder):
        stem, _, _ = other.partition("-")
        if other not in (new, *kept) and other.endswith(".whl") and normal(stem) == normal(name):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join(folder, other))
