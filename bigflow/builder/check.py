"""Turns a project, as it was built and as it is configured, into what no longer fits and what is wrong."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NamedTuple

from bigflow.artifacts.artifact import Artifact
from bigflow.artifacts.manifest import PATH, Manifest, changed_since, read_manifest
from bigflow.builder.emr.settings import emr_settings
from bigflow.builder.settings import settings
from bigflow.configuration import Config
from bigflow.errors import BigflowError, Finding
from bigflow.project.deployment import deployment_config
from bigflow.project.spec import ProjectSpec, read_spec


class Checked(NamedTuple):
    """One thing that was looked at. With `findings` it is not as it should be; `notes` are good to know."""

    name: str
    summary: str
    findings: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()


def checked(root: str) -> Iterator[Checked]:
    """Each check of the project, as soon as it is made. The project's own code runs for some of them, in here."""
    try:
        spec = read_spec(root, execute=True)
        settings(spec.build, spec.where("build"))
        emr_settings(spec)
    except BigflowError as error:
        yield Checked("project", "its files are not right", error.findings)
    else:
        yield Checked("project", f"{spec.name}, edition {spec.edition}")
        yield _unless_it_fails("configuration", lambda: _configuration(spec))
    yield _unless_it_fails("manifest", lambda: _manifest(root))
    if bundle := _bundle(root):
        yield _unless_it_fails("emr", lambda: _emr(root, *bundle))


def _unless_it_fails(name: str, check: Callable[[], Checked]) -> Checked:
    try:
        return check()
    except BigflowError as error:
        return Checked(name, "it cannot be used", error.findings)
    except OSError as error:
        return Checked(name, "it cannot be used", (Finding(f"cannot read {error.filename}: {error.strerror}"),))


def _configuration(spec: ProjectSpec) -> Checked:
    config = deployment_config(spec.root, spec.deployment_config_file)
    if config is None:
        return Checked("configuration", f"there is no {spec.deployment_config_file}")
    findings = tuple(finding for name in config.environments for finding in _unresolved(config, name))
    notes = tuple(note for name in config.environments for note in _left_to_variables(config, name, spec))
    return Checked("configuration", f"environments {', '.join(config.environments)}", findings, notes)


def _unresolved(config: Config, name: str) -> tuple[Finding, ...]:
    try:
        config.pretty_print(name)  # resolves everything, with stand-ins for what variables have to say
    except BigflowError as error:
        return error.findings
    return ()


def _left_to_variables(config: Config, name: str, spec: ProjectSpec) -> Iterator[Finding]:
    if missing := config.missing(name):
        hint = f"bigflow doctor -c {name}   says how to set them"
        yield Finding(f"{name} has no {', '.join(missing)} here", spec.deployment_config_file, hint)


def _manifest(root: str) -> Checked:
    manifest = read_manifest(os.path.join(root, PATH))
    if manifest is None:
        return Checked("manifest", "nothing is built", (Finding(f"there is no {PATH}", hint="bigflow build"),))
    count = len(manifest.artifacts)
    summary = f"{count} artifact{'s' * (count != 1)} of {manifest.version}"
    return Checked("manifest", summary, changed_since(manifest, root))


def _bundle(root: str) -> tuple[Manifest, Artifact] | None:
    """The manifest, and the EMR bundle in it. What is wrong with the manifest itself is told above."""
    with suppress(BigflowError):
        manifest = read_manifest(os.path.join(root, PATH))
        if manifest and (bundles := manifest.of_kind("emr-bundle")):
            return manifest, bundles[0]
    return None


def _emr(root: str, manifest: Manifest, artifact: Artifact) -> Checked:
    from bigflow.builder.emr.proof import disagreements  # late: most projects have no bundle

    findings = tuple(disagreements(root, artifact.path, manifest))
    return Checked("emr", f"{len(artifact.files)} files in {artifact.path}", findings)
