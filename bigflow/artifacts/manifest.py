"""Turns the artifacts of a build into `build/manifest.json`, the contract between build and deploy, and back."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

from bigflow._files import sha256_of
from bigflow.artifacts.artifact import KINDS, Artifact, Part, listing, parts_of
from bigflow.errors import Finding, UsageError

SCHEMA = 1
PATH = "build/manifest.json"
_AGAIN = "bigflow build"
_REQUIRED = ("kind", "path", "size", "sha256", "version", "inputs")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a build left, for whoever was not there. Nothing in it depends on the time or the place of the build."""

    project: str
    package: str
    version: str
    commit: str | None
    artifacts: tuple[Artifact, ...]

    def to_json(self) -> str:
        """The text of the file; the same artifacts give the same bytes."""
        ordered = sorted(self.artifacts, key=lambda one: (one.variant, KINDS.index(one.kind), one.path))
        told = {
            "schema": SCHEMA,
            "project": self.project,
            "package": self.package,
            "version": self.version,
            "commit": self.commit,
            "artifacts": [_told(artifact) for artifact in ordered],
        }
        return json.dumps(told, indent=2, ensure_ascii=False) + "\n"

    def of_kind(self, kind: str) -> tuple[Artifact, ...]:
        """The artifacts of one kind."""
        return tuple(artifact for artifact in self.artifacts if artifact.kind == kind)

    @property
    def variants(self) -> tuple[str, ...]:
        """The variants that artifacts are of, by their names; an empty one stands for the project as such."""
        return tuple(sorted({artifact.variant for artifact in self.artifacts}))

    def of_variant(self, variant: str) -> "Manifest":
        """What was built of this variant alone; with an empty name, of the project as such."""
        artifacts = tuple(artifact for artifact in self.artifacts if artifact.variant == variant)
        if artifacts == self.artifacts and not variant:
            return self
        version = next((one.version for one in artifacts if one.kind != "runtime"), self.version)
        return replace(self, version=version, artifacts=artifacts)


def read_manifest(path: str) -> Manifest | None:
    """The manifest that lies there; None when none does."""
    try:
        with open(path, encoding="utf-8") as file:
            read = json.load(file)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UsageError(f"the manifest cannot be read: {error}", where=path, hint=_AGAIN) from None
    if not isinstance(read, dict) or read.get("schema") != SCHEMA:
        said = read.get("schema") if isinstance(read, dict) else type(read).__name__
        hint = f"this bigflow reads schema {SCHEMA}: {_AGAIN}"
        raise UsageError(f"the manifest has schema {said!r}", where=path, hint=hint)
    try:
        artifacts = tuple(_artifact(one) for one in read["artifacts"])
        return Manifest(read["project"], read["package"], read["version"], read.get("commit"), artifacts)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"the manifest is damaged: {error!r}", where=path, hint=_AGAIN) from None


def changed_since(manifest: Manifest, root: str) -> tuple[Finding, ...]:
    """What is no longer as the manifest says. The images' own blobs are looked at by who knows images."""
    return tuple(finding for artifact in manifest.artifacts for finding in _changes(artifact, root))


def _changes(artifact: Artifact, root: str) -> Iterable[Finding]:
    full = os.path.join(root, artifact.path)
    if not os.path.exists(full):
        yield Finding(f"the {artifact.kind} {artifact.path} is gone", PATH, _AGAIN)
    elif artifact.kind == "image":
        return
    elif artifact.files:
        parts = parts_of(full)
        if listing(parts) != artifact.sha256:
            different = sorted({part.path for part in set(parts) ^ set(artifact.files)})
            yield Finding(
                f"the {artifact.kind} {artifact.path} is not as it was built: {', '.join(different[:3])}", PATH, _AGAIN
            )
    elif sha256_of(full) != artifact.sha256:
        yield Finding(f"the {artifact.kind} {artifact.path} is not as it was built", PATH, _AGAIN)


def _told(artifact: Artifact) -> dict[str, object]:
    told = asdict(artifact)
    told["files"] = [part._asdict() for part in artifact.files]
    told["details"] = dict(artifact.details)
    return {key: value for key, value in told.items() if value or key in _REQUIRED}


def _artifact(read: dict[str, object]) -> Artifact:
    kind, path, size, sha256, version, inputs = (read[key] for key in _REQUIRED)
    if kind not in KINDS:
        raise ValueError(f"there is no kind {kind!r}")
    files, details = read.get("files", []), read.get("details", {})
    if not isinstance(files, list) or not isinstance(details, dict) or not isinstance(size, int):
        raise ValueError(f"the entry of {path}")
    parts = tuple(Part(**part) for part in files)
    pairs = tuple((str(key), str(value)) for key, value in details.items())
    return Artifact(
        str(kind), str(path), size, str(sha256), str(version), str(inputs), parts, pairs, str(read.get("variant", ""))
    )
