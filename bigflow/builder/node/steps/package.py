"""Turns a Node project into the archive that a registry would take."""

import json
import os
import tarfile

from bigflow._files import unwritable
from bigflow.artifacts.artifact import artifact_of
from bigflow.builder.node.compiled import compiled
from bigflow.builder.node.managers import PNPM, manager_of
from bigflow.builder.node.script import QUIET, check, declared
from bigflow.builder.step import Declared, Done, NotNeeded, Project, StepFailed, Wishes, Work
from bigflow.drawing.sizes import size
from bigflow.project.node_package import FILE, NodePackage, read_node_package

_FOLDER = "build/packages"


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    package = read_node_package(project.root)
    if package.private:
        return NotNeeded(f"{FILE} says that it is private")
    if package.version is None:
        return NotNeeded(f"{FILE} names no version")
    said = declared(project, package, (manager_of(project.root, package).name,), (_path(project),))
    return said._replace(files=(*said.files, *compiled(project.root, package)))


def perform(work: Work) -> Done:
    """What comes out is opened again before it counts."""
    project = work.project
    package = read_node_package(project.root)
    program = PNPM.name if manager_of(project.root, package) is PNPM else "npm"
    words = (program, "pack", "--pack-destination", work.folder)
    check(words, work.tool(words, cwd=project.root, env_add=QUIET))
    (name,) = (name for name in os.listdir(work.folder) if name.endswith(".tgz"))
    made, place = os.path.join(work.folder, name), os.path.join(project.root, _path(project))
    _look_into(made, package)
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        for old in os.listdir(os.path.dirname(place)):
            os.unlink(os.path.join(os.path.dirname(place), old))
        os.replace(made, place)
    except OSError as error:
        raise unwritable(place, error) from error
    artifact = artifact_of(project.root, _path(project), "archive", work.made)
    return Done(f"{os.path.basename(place)} ({size(artifact.size)})", (artifact,))


def _path(project: Project) -> str:
    return f"{_FOLDER}/{project.spec.name}-{project.version}.tgz"


def _look_into(path: str, package: NodePackage) -> None:
    """Whoever installs it finds the version that was meant, and the files that package.json promises."""
    with tarfile.open(path) as archive:
        names = set(archive.getnames())
        inside = archive.extractfile(f"package/{FILE}")
        document = json.load(inside) if inside is not None else {}
    if document.get("version") != package.version:
        raise StepFailed(f"the archive is of version {document.get('version')}, not {package.version}", where=FILE)
    for entry in package.entries:
        there = (entry, f"{entry}.js", f"{entry}/index.js")
        if not any(f"package/{name}" in names for name in there):
            hint = f'is it built, and named by "files" in {FILE}?'
            raise StepFailed(f"the archive has no {entry}, which {FILE} promises", where=FILE, hint=hint)
