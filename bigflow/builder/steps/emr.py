"""Turns the project's wheel, lock, entry scripts and jars into the bundle that EMR runs, in `build_output/`."""

import os
from collections.abc import Iterator

from bigflow._files import replace_folder
from bigflow.artifacts.artifact import folder_artifact
from bigflow.builder.emr.places import FOLDER
from bigflow.builder.emr.settings import EmrSettings, emr_settings
from bigflow.builder.image.requirements import requirements_of
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Wishes, Work
from bigflow.builder.wheel.places import RUNTIME, wheel_path
from bigflow.drawing.sizes import size
from bigflow.errors import Finding

_KINDS = {"zip": "a zip", "environment": "an environment"}


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    """Jars from elsewhere have checksums: what they are is said in the settings."""
    wanted = emr_settings(project.spec)
    if wanted is None:
        return NotNeeded("there is no [tool.bigflow.emr]")
    local = [jar.path.rstrip("/") for jar in wanted.jars if jar.path]
    files = (wheel_path(project), RUNTIME, *requirements_of(project).files, *wanted.entry_scripts, *local)
    values = (repr(wanted), project.spec.name, project.version, str(project.commit_time))
    return Declared(tuple(dict.fromkeys(files)), values, (FOLDER,))


def perform(work: Work) -> Done:
    """The new bundle takes the place of the old one when it is complete."""
    from bigflow.builder.emr.bundling import make  # late: an unchanged build only looks

    project, wanted = work.project, emr_settings(work.project.spec)
    assert wanted is not None
    made = make(work, wanted)
    replace_folder(made.folder, os.path.join(project.root, FOLDER))
    artifact = folder_artifact(project.root, FOLDER, "emr-bundle", work.made)
    kind = made.bundle.dependencies.kind
    why = f": {made.reason}" if made.reason else ""
    summary = f"EMR bundle {project.version} ({size(artifact.size)}), dependencies as {_KINDS[kind]}{why}"
    return Done(summary, (artifact,), tuple(_notes(project, wanted)))


def _notes(project: Project, wanted: EmrSettings) -> Iterator[Finding]:
    locked_for = ".".join((project.spec.python or project.python.version).split(".")[:2])
    if locked_for != wanted.python and requirements_of(project).lines:
        message = f"EMR has Python {wanted.python}, and the requirements are locked for {locked_for}"
        hint = f'python = "{wanted.python}" under [tool.bigflow] makes lock, tests and EMR the same'
        yield Finding(message, project.spec.where("emr"), hint)
    if not wanted.has_framework:
        message = f"the bundle has no bigflow, which needs Python 3.11: EMR has {wanted.python}"
        hint = "entry scripts must not import modules of the project that import bigflow"
        yield Finding(message, project.spec.where("emr"), hint)
