"""Turns a folder with a package.json into the value that a build is about."""

import os
from collections.abc import Iterator, Mapping

from bigflow.builder.opening import EARLIEST
from bigflow.builder.settings import settings
from bigflow.builder.step import Interpreter, Project
from bigflow.builder.unknown import unknown
from bigflow.errors import Finding, InvalidProject
from bigflow.project.answers import Pairs
from bigflow.project.node_package import FILE, NodePackage, read_node_package
from bigflow.project.spec import IMAGE_BUILDERS, ImageSpec, ProjectSpec, bare_spec
from bigflow.project.version import project_version

_KEYS = ("build", "outputs", "image", "docker_repository")
_IMAGE_KEYS = ("builder", "platforms")
SEVERITIES = ("low", "moderate", "high", "critical")
AUDITS = ("report", "fail", "off", *SEVERITIES)
_TABLE = f'"build" of "bigflow" in {FILE}'


def open_node(root: str, python: Interpreter, cache: str, source_date: int | None) -> Project:
    """The project as it lies there now; InvalidProject with all that is wrong with its files."""
    package = read_node_package(root)
    said = dict(package.said)
    findings = list(_misfits(said))
    if findings:
        raise InvalidProject(findings)
    spec = _spec(root, package, said)
    version = project_version(root, spec)
    commit = version.commit
    time = source_date if source_date is not None else commit.time if commit else EARLIEST
    return Project(
        root=root,
        spec=spec,
        settings=settings(_pairs(said.get("build")), FILE, named=_TABLE, audits=AUDITS),
        version=version.value,
        commit=commit.hash if commit else None,
        commit_time=max(time, EARLIEST),
        python=python,
        cache=cache,
    )


def outputs(package: NodePackage) -> tuple[str, ...] | None:
    """What the user says that its script `build` leaves."""
    said = dict(package.said)
    return _outputs(said) if isinstance(said.get("outputs"), list) else None


def _outputs(said: Mapping[str, object]) -> tuple[str, ...]:
    paths = said.get("outputs")
    return tuple(str(path) for path in paths) if isinstance(paths, list) else ()


def _spec(root: str, package: NodePackage, said: Mapping[str, object]) -> ProjectSpec:
    """Its name is what npm calls the archive, and what an image may be called."""
    image = dict(_pairs(said.get("image")))
    platforms = image.get("platforms")
    return bare_spec(root, package.name.removeprefix("@").replace("/", "-"))._replace(
        version=package.version,
        docker_repository=str(said["docker_repository"]) if "docker_repository" in said else None,
        image=ImageSpec(
            str(image.get("builder", "auto")),
            None,
            tuple(str(one) for one in platforms) if isinstance(platforms, list) else (),
        ),
        build=_pairs(said.get("build")),
        sources=(("build", FILE), ("version", FILE), ("docker_repository", FILE)),
    )


def _misfits(said: Mapping[str, object]) -> Iterator[Finding]:
    for output in _outputs(said):
        if os.path.isabs(output) or os.path.normpath(output).startswith("..") or os.path.normpath(output) == ".":
            yield Finding(f"bigflow.outputs cannot have {output!r}", FILE, 'folders in the project, such as ["dist"]')
    image = dict(_pairs(said.get("image")))
    for message, hint in (*unknown("bigflow", said, _KEYS), *unknown("bigflow.image", image, _IMAGE_KEYS)):
        yield Finding(message, FILE, hint)
    for key, kind in (("build", dict), ("image", dict), ("outputs", list), ("docker_repository", str)):
        if key in said and not isinstance(said[key], kind):
            yield Finding(f"bigflow.{key} must be {'an object' if kind is dict else f'a {kind.__name__}'}", FILE)
    if image.get("builder", "auto") not in IMAGE_BUILDERS:
        yield Finding(
            f"bigflow.image.builder cannot be {image['builder']!r}", FILE, f"one of {', '.join(IMAGE_BUILDERS)}"
        )


def _pairs(value: object) -> Pairs:
    return tuple(value.items()) if isinstance(value, dict) else ()
