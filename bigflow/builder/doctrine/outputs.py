"""Turns a project's steps and manifest into its outputs: whatever a step declares to leave is one."""

import contextlib
import os
from collections.abc import Iterator

from bigflow.artifacts.doctrine.patterns import Finder
from bigflow.artifacts.doctrine.repository import Output
from bigflow.artifacts.doctrine.standing import LOCKS, OUTPUTS, lock
from bigflow.artifacts.manifest import PATH, read_manifest
from bigflow.builder.project_steps import project_steps
from bigflow.builder.requirements.order import files_for
from bigflow.builder.step import Declared, Project, Wishes
from bigflow.errors import BigflowError


def outputs(project: Project) -> tuple[Output, ...]:
    """The standing ones, and those of this project that none of them means. Locks are among them if it says so."""
    locks = lock_files(project)
    found = [*OUTPUTS]
    if project.doctrine.lockfiles == "artifact":
        found += [lock(path, lies_there=os.path.lexists(os.path.join(project.root, path))) for path in locks]
    known = [output.pattern for output in found] + [f"/{path}" for path in locks]
    for path, left_by, again in _declared(project):
        if not _means(known, path):
            found.append(Output(f"/{path}", f"what {left_by} leaves", again))
            known.append(f"/{path}")
    return tuple(found)


def _means(patterns: list[str], path: str) -> bool:
    """A step declares a folder as it does a file: with nothing at its end."""
    finder = Finder(patterns)
    return finder.find(path) is not None or finder.find(f"{path}/") is not None


def lock_files(project: Project) -> tuple[str, ...]:
    """Where the project's locks are, or would be. Requirements that are written by hand are none."""
    source, lock = files_for(project.spec.requirements_file)
    return (lock, *LOCKS) if os.path.isfile(os.path.join(project.root, source)) else LOCKS


def _declared(project: Project) -> Iterator[tuple[str, str, str]]:
    """Each path that a step leaves, or that lies there of the last build: path, who left it, how it is made again."""
    _, steps = project_steps(project)
    for name, step in steps.items():
        with contextlib.suppress(BigflowError):  # a step that cannot say what it leaves will tell so itself
            said = step.declare(project, Wishes())
            if isinstance(said, Declared):
                yield from (
                    (os.path.normpath(path), f"the step {name}", f"bigflow build --only {name}") for path in said.leaves
                )
    with contextlib.suppress(BigflowError):  # `check` tells of a manifest that cannot be read
        manifest = read_manifest(os.path.join(project.root, PATH))
        for artifact in manifest.artifacts if manifest is not None else ():
            yield artifact.path, f"the last build (the {artifact.kind})", "bigflow build"
