"""Turns the artifacts that the steps left into `build/manifest.json`."""

from bigflow.artifacts.manifest import PATH, Manifest
from bigflow.builder.manifest_file import write_manifest
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Wishes, Work


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    """It is a millisecond's work, and must tell of this very build: never skipped."""
    return Declared(leaves=(PATH,), always=True)


def perform(work: Work) -> Done:
    """Those of steps that were left out are in it if they are as they would be made now."""
    project = work.project
    artifacts = tuple(artifact for done in work.before.values() for artifact in done.artifacts)
    manifest = Manifest(project.spec.name, project.spec.package, project.version, project.commit, artifacts)
    write_manifest(project.root, manifest)
    return Done(f"manifest of {len(artifacts)} artifact{'s' * (len(artifacts) != 1)}")
