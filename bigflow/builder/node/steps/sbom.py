"""Turns the lock of a Node project into `build/sbom.cdx.json`, which names all that it is made of."""

import json
import os

from bigflow._files import write_atomically
from bigflow.artifacts.artifact import artifact_of
from bigflow.builder.failures import counted
from bigflow.builder.node.managers import NPM, lock_of, manager_of, said
from bigflow.builder.node.programs import version_of
from bigflow.builder.node.script import QUIET, document
from bigflow.builder.step import Declared, Done, NotNeeded, Project, StepFailed, Wishes, Work
from bigflow.project.node_package import FILE, read_node_package

PATH = "build/sbom.cdx.json"


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    manager = manager_of(project.root, read_node_package(project.root))
    lock = lock_of(project.root, manager)
    if manager is not NPM or lock is None:
        return NotNeeded("npm writes it, from its lock")
    return Declared((FILE, lock, NPM.installed), (project.version, version_of(NPM.name, project.cache)), (PATH,))


def perform(work: Work) -> Done:
    """Without what is different each time: the same lock gives the same bytes."""
    root = work.project.root
    words = (NPM.name, "sbom", "--sbom-format", "cyclonedx", "--package-lock-only")
    done = work.tool(words, cwd=root, env_add=QUIET)
    try:
        bill = document(done.stdout + done.stderr)
        number = _anonymous(bill)
    except (ValueError, KeyError):
        raise StepFailed(
            f"npm wrote no SBOM: {said(done.stdout + done.stderr)}", where=FILE, hint=" ".join(words)
        ) from None
    write_atomically(os.path.join(root, PATH), json.dumps(bill, indent=2, ensure_ascii=False) + "\n")
    return Done(f"SBOM of {counted(number, 'package')}", (artifact_of(root, PATH, "sbom", work.made),))


def _anonymous(bill: dict[str, object]) -> int:
    """Take away what names one moment; how many components there are."""
    match bill:
        case {"components": list() as components, "metadata": dict() as metadata}:
            metadata.pop("timestamp", None)
            bill.pop("serialNumber", None)
            return len(components)
    raise KeyError("components")
