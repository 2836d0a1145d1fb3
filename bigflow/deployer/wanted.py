"""Turns what a build left, for an environment, into the DAGs and the image that are to be deployed."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace

from bigflow._files import sha256_of
from bigflow.artifacts import Artifact, Manifest, read_manifest
from bigflow.artifacts.manifest import PATH
from bigflow.containers.descriptor import LINUX_AMD64, Descriptor
from bigflow.containers.docker_tar import read_tar
from bigflow.containers.layout import Layout
from bigflow.containers.store import Store
from bigflow.dags import specs_file
from bigflow.dags.binding import Bindings
from bigflow.dags.spec import DagSpec
from bigflow.errors import Finding, InvalidProject, UsageError, nearest

_BUILD = "bigflow build"
_UNPACKED = ".bigflow/image-of-archive"


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """The image of a build. `layout` is the folder in which it lies; empty if only its digest is known here."""

    digest: str
    layout: str = ""
    root: Descriptor | None = None


@dataclass(frozen=True, slots=True)
class Built:
    """What there is to deploy."""

    manifest: Manifest
    specs: tuple[DagSpec, ...]
    image: BuiltImage | None

    @property
    def tag(self) -> str:
        """What the image is called in a registry, which takes no plus signs."""
        return self.manifest.version.replace("+", "-")


@dataclass(frozen=True, slots=True)
class Binding:
    """What an environment says to all DAGs, and of each image what pods are told to take."""

    bindings: Bindings  # without image and version, which are those of the build
    reference: Callable[[str], str]

    def of(self, built: Built) -> Bindings:
        """All that the DAGs of this build are to be told."""
        image = built.image
        if image is None:
            raise UsageError("the build has no image, and DAGs need one", where=PATH, hint=_BUILD)
        return replace(self.bindings, image=self.reference(image.digest), version=built.manifest.version)


def read_manifest_of(root: str, project: str = "", variant: str | None = None) -> Manifest:
    """The manifest of a build, or of one variant; an error if there is none, or if it is that of another project."""
    manifest = read_manifest(os.path.join(root, PATH))
    if manifest is None:
        raise UsageError("nothing was built here yet: there is no build/manifest.json", where=root, hint=_BUILD)
    if project and manifest.project != project:
        raise UsageError(
            f"the manifest is of the project {manifest.project!r}, and this is {project!r}", where=PATH, hint=_BUILD
        )
    return manifest.of_variant(_variant(manifest, variant))


def _variant(manifest: Manifest, said: str | None) -> str:
    """The one that is meant: without a word, what was built of the project as such, or its only variant."""
    built = manifest.variants
    if said is None and "" in (built or ("",)):
        return ""
    if said is None and len(built) == 1:
        return built[0]
    names = [name for name in built if name]
    if said is None:
        told = ", ".join(names)
        raise UsageError(f"which variant? The build has {told}", where=PATH, hint=f"--variant {names[0]}")
    if said not in names:
        meant = nearest(said, names)
        message = f"the build has no variant {said!r}" + (f"; did you mean {meant!r}?" if meant else "")
        raise UsageError(message, where=PATH, hint=f"it has: {', '.join(names) or 'none'}")
    return said


def read_specs(root: str, manifest: Manifest, folder: str = "") -> tuple[DagSpec, ...]:
    """The DAGs of the build, exactly as they were built. `folder` is where somebody has put them."""
    folder = folder or next((os.path.dirname(one.path) for one in manifest.of_kind("dagspec")), ".dags")
    path = os.path.join(folder, "specs.json")
    try:
        with open(os.path.join(root, path), encoding="utf-8") as file:
            specs = specs_file.read(file.read(), path)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the DAGs of the build cannot be read: {error}", where=path, hint=_BUILD) from None
    built = next(iter(manifest.of_kind("dagspec")), None)
    wrong = [] if built is None else list(_of_a_file(root, path, built))
    strange = sorted({spec.project for spec in specs} - {manifest.project})
    if strange:
        wrong.append(Finding(f"these are DAGs of the project {strange[0]!r}, not {manifest.project!r}", path, _BUILD))
    if wrong:
        raise InvalidProject(wrong)
    return specs


def find_image(root: str, manifest: Manifest, said: str = "") -> BuiltImage | None:
    """The image of the build, and where it lies. `said` is another folder for it, or an archive."""
    artifact = next(iter(manifest.of_kind("image")), None)
    if artifact is None:
        return None
    digest = f"sha256:{artifact.sha256.removeprefix('sha256:')}"
    folder = os.path.join(root, said or _folder_of(artifact))
    if os.path.isfile(folder):
        return _unpacked(folder, os.path.join(root, _UNPACKED), digest)
    if not os.path.isdir(folder):
        if said:
            raise UsageError("there is no image", where=folder, hint="name its folder, or an archive")
        return BuiltImage(digest)
    found = next((one for one in Layout(folder).roots() if one.digest == digest), None)
    if found is None:
        raise InvalidProject([Finding("the image is not the one that was built", f"{folder} and {PATH}", _BUILD)])
    return BuiltImage(digest, folder, found)


def chosen(specs: tuple[DagSpec, ...], workflow: str | None) -> tuple[DagSpec, ...]:
    """All DAGs, or those of one workflow."""
    if workflow is None:
        return specs
    found = tuple(spec for spec in specs if spec.workflow_id == workflow)
    if not found:
        raise unknown_workflow(workflow, {spec.workflow_id for spec in specs}, "the build")
    return found


def unknown_workflow(workflow: str, known: set[str], where: str) -> UsageError:
    """The error for a workflow that is not there."""
    meant = nearest(workflow, known)
    return UsageError(
        f"{where} has no workflow {workflow!r}" + (f"; did you mean {meant!r}?" if meant else ""),
        hint=f"it has: {', '.join(sorted(known)) or 'none'}",
    )


def _unpacked(archive: str, folder: str, digest: str) -> BuiltImage:
    """The image of an archive, such as `docker save` writes. It must come out as the one that was built."""
    image = read_tar(archive, Store(folder), LINUX_AMD64)
    if image.digest != digest:
        told = f"the image in the archive is {image.digest}, and {digest} was built"
        raise UsageError(told, where=archive, hint="name the folder of the image instead: -i .image")
    return BuiltImage(digest, folder, image.descriptor)


def _folder_of(artifact: Artifact) -> str:
    """The folder of an OCI layout, whichever file of it the manifest names."""
    return artifact.path if not artifact.path.endswith(".json") else os.path.dirname(artifact.path)


def _of_a_file(root: str, path: str, built: Artifact) -> list[Finding]:
    """What is wrong with a file that the manifest knows, alone or as a part of a folder."""
    known = {os.path.join(built.path, part.path): part.sha256 for part in built.files} or {built.path: built.sha256}
    expected = known.get(path)
    if expected is None or sha256_of(os.path.join(root, path)) == expected:
        return []
    return [Finding(f"{path} is not as it was built", PATH, _BUILD)]
