"""Turns the lock into `build/sbom.cdx.json`, which names all that the project is made of."""

import hashlib
import os

from bigflow._files import write_atomically
from bigflow.artifacts.artifact import artifact_of
from bigflow.builder.environment.site_packages import installed
from bigflow.builder.requirements.bill_of_materials import bill_of_materials, versioned
from bigflow.builder.requirements.lock import Lock, locked
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Wishes, Work

PATH = "build/sbom.cdx.json"


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    """A project without requirements has one too: it says that there is nothing."""
    spec = project.spec
    return Declared((spec.requirements_file,), (spec.name, project.version, _library(project)), (PATH,))


def perform(work: Work) -> Done:
    project = work.project
    lock = locked(os.path.join(project.root, project.spec.requirements_file))
    text = _for_version(lock, project)
    write_atomically(os.path.join(project.root, PATH), text)
    summary = f"SBOM of {len(lock)} package{'s' * (len(lock) != 1)}"
    return Done(summary, artifacts=(artifact_of(project.root, PATH, "sbom", work.made),))


def _for_version(lock: Lock, project: Project) -> str:
    """All but the version stays as it is from one lock to the next: it is kept."""
    words = f"{_library(project)} {project.spec.name} {lock}"
    kept = os.path.join(project.cache, "sbom", f"{hashlib.sha256(words.encode()).hexdigest()}.json")
    try:
        with open(kept, encoding="utf-8") as file:
            return versioned(file.read(), project.version)
    except (OSError, ValueError, KeyError):
        document = bill_of_materials(project.spec.name, lock)
        write_atomically(kept, document)
        return versioned(document, project.version)


def _library(project: Project) -> str:
    return installed(project.python).get("cyclonedx_python_lib", "")
