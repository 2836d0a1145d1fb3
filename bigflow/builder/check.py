"""Turns a project, as it was built and as it is configured, into what no longer fits and what is wrong."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from bigflow.artifacts.artifact import Artifact
from bigflow.artifacts.manifest import PATH, Manifest, changed_since, read_manifest
from bigflow.builder.doctrine.examining import examined
from bigflow.builder.doctrine.mending import mended
from bigflow.builder.doctrine.settings import doctrine_settings
from bigflow.builder.emr.settings import emr_settings
from bigflow.builder.opening import open_project
from bigflow.builder.session import Place
from bigflow.builder.settings import settings
from bigflow.configuration import Config
from bigflow.errors import BigflowError, Finding
from bigflow.project.deployment import deployment_config
from bigflow.project.git import NoRepository, open_repository
from bigflow.project.spec import ProjectSpec, read_spec

CHECKS = ("project", "configuration", "doctrine", "manifest", "emr")


class Checked(NamedTuple):
    """One thing that was looked at. With `findings` it is not as it should be; `notes` are good to know."""

    name: str
    summary: str
    findings: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    mended: tuple[Finding, ...] = ()  # what was done about what was found at first


@dataclass(frozen=True, slots=True)
class Ask:
    """What the user asked for."""

    only: frozenset[str] = frozenset(CHECKS)
    fix: bool = False
    index: str | None = None  # of git, where a hook of it says that the next commit comes from another one


def checked(place: Place, ask: Ask) -> Iterator[Checked]:
    """Each check of the project, as soon as it is made. The project's own code runs for some of them, in here."""
    checks: list[tuple[str, Callable[[], Checked]]] = []
    try:
        spec = read_spec(place.root, execute=True)
        settings(spec.build, spec.where("build"))
        emr_settings(spec)
        doctrine_settings(spec.doctrine, spec.where("doctrine"))
    except BigflowError as error:
        yield Checked("project", "its files are not right", error.findings)
    else:
        if "project" in ask.only:
            yield Checked("project", f"{spec.name}, edition {spec.edition}")
        checks += [("configuration", lambda: _configuration(spec)), ("doctrine", lambda: _doctrine(place, ask))]
    checks.append(("manifest", lambda: _manifest(place.root)))
    if bundle := _bundle(place.root):
        checks.append(("emr", lambda: _emr(place.root, *bundle)))
    for name, check in checks:
        if name in ask.only:
            yield _unless_it_fails(name, check)


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


def _doctrine(place: Place, ask: Ask) -> Checked:
    project = open_project(place.root, place.python, place.cache, place.source_date)
    repository = open_repository(place.root, ask.index)
    if isinstance(repository, NoRepository):
        return Checked("doctrine", repository.reason)
    found = examined(project, repository)
    mends: tuple[Finding, ...] = ()
    if ask.fix:
        mends = tuple(mended(place.root, repository, found.judged))
        found = examined(project, repository)
    findings = tuple(one.finding for one in found.judged if one.fails)
    notes = tuple(one.finding for one in found.judged if not one.fails)
    count = f"{found.tracked} tracked file{'s' * (found.tracked != 1)}"
    return Checked("doctrine", count, findings, notes, mends)


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
