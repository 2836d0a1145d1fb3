"""Turns a project into its wheel, in a folder of the step's own."""

import os
from collections.abc import Mapping
from typing import NamedTuple

from bigflow._files import write_atomically
from bigflow.builder.requirements.lock import locked
from bigflow.builder.step import Project, StepFailed, Work
from bigflow.builder.wheel.archive import dist_info, wheel_name, write_wheel
from bigflow.builder.wheel.assembly import Parts, assemble
from bigflow.builder.wheel.backend import build_wheel
from bigflow.builder.wheel.contents import Contents, contents
from bigflow.builder.wheel.keywords import setup_keywords
from bigflow.builder.wheel.listing import list_staged
from bigflow.builder.wheel.recipe import SETUPTOOLS, Recipe, Said, recipe
from bigflow.builder.wheel.staging import changed, stage
from bigflow.errors import Finding
from bigflow.project.layout import read_bytes
from bigflow.project.spec import SETUP_FILES


class Plan(NamedTuple):
    """How the wheel is built, and of what."""

    recipe: Recipe
    contents: Contents


class Wheel(NamedTuple):
    """A wheel that is complete, and what is to be said about it."""

    path: str
    files: int
    warnings: tuple[Finding, ...]


def plan(project: Project) -> Plan:
    """What would be done now; InvalidProject with all that forbids it. Nothing is started for this."""
    read = {name: read_bytes(os.path.join(project.root, name)) for name in ("pyproject.toml", *SETUP_FILES)}
    said = Said(project.spec.name, read["pyproject.toml"], tuple((name, read[name]) for name in SETUP_FILES))
    return Plan(recipe(said), contents(project.root, project.spec))


def make(work: Work) -> Wheel:
    """Stage, list the workflows, let the backend build, and put that into its normal form."""
    project, (way, sources) = work.project, plan(work.project)
    source = os.path.join(work.folder, "source")
    stage(project.root, source, way, sources)
    index = list_staged(work, source).index
    if way.origin == "bigflow":
        write_atomically(os.path.join(source, "setup.py"), setup_text(_keywords(project, sources)))
    built = build_wheel(work, way, source)
    _refuse_changes(sources, contents(project.root, project.spec))
    parts = Parts(project.spec, project.version, sources, source, index)
    assembled = assemble(built, parts, os.path.join(work.folder, "unpacked"))
    for name in assembled.left_out:
        work.tell(f"left out, for it lies in none of the packages: {name}")
    path = os.path.join(work.folder, wheel_name(project.spec.name, project.version))
    write_wheel(path, dist_info(project.spec.name, project.version), assembled.entries, project.commit_time)
    return Wheel(path, len(assembled.entries), sources.warnings)


def setup_text(keywords: Mapping[str, object]) -> str:
    """A setup file that says just this."""
    lines = "".join(f"    {key!r}: {value!r},\n" for key, value in keywords.items())
    return f"from setuptools import setup\n\nsetup(**{{\n{lines}}})\n"


def built_by(way: Recipe) -> tuple[str, ...]:
    """All about the backend that decides what comes out."""
    return (way.origin, way.backend, *way.requires, SETUPTOOLS)


def _keywords(project: Project, sources: Contents) -> dict[str, object]:
    lock = locked(os.path.join(project.root, project.spec.requirements_file))
    return setup_keywords(project.spec, project.version, sources, lock)


def _refuse_changes(before: Contents, after: Contents) -> None:
    different = changed(before, after)
    if different:
        more = f" and {len(different) - 3} more" if len(different) > 3 else ""
        raise StepFailed(
            f"changed while the wheel was built: {', '.join(different[:3])}{more}",
            where=different[0],
            hint="does a test or an import write into the source tree? else: bigflow build, once more",
        )
