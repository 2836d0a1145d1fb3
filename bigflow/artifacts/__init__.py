"""Turns what builds leave into values, and those into the manifest that a deploy reads."""

from bigflow.artifacts.artifact import KINDS, Artifact, Part, artifact_of, folder_artifact
from bigflow.artifacts.manifest import Manifest, changed_since, read_manifest

__all__ = [
    "KINDS",
    "Artifact",
    "Manifest",
    "Part",
    "artifact_of",
    "changed_since",
    "folder_artifact",
    "read_manifest",
]
