"""Turns a machine, a project and one of its environments into checks: what is there, what is missing, what to do."""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from typing import Literal, TypeAlias

from bigflow.configuration import Config
from bigflow.configuration.secrets import looks_secret
from bigflow.errors import BigflowError
from bigflow.project.deployment import deployment_config
from bigflow.project.discovery import discover
from bigflow.project.environment import project_environment
from bigflow.project.scan import named_calls
from bigflow.project.spec import ProjectSpec, read_spec
from bigflow.project.version import project_version

State: TypeAlias = Literal["ok", "warn", "missing", "wrong", "info"]

_EXAMPLES = {
    "docker_repository": "europe-docker.pkg.dev/PROJECT/REPO",
    "dags_bucket": "europe-west1-COMPOSER-bucket",
    "gcp_project_id": "my-project-123456",
    "vault_endpoint": "https://vault.example.com/v1/gcp/token",
}
_PINNED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `missing`: needed and absent; `wrong`: there, and unusable; `info`: not needed."""

    state: State
    title: str
    detail: str = ""
    where: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Examination:
    """The checks of one thing."""

    title: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        return not any(check.state in ("missing", "wrong") for check in self.checks)


def examine_machine() -> Examination:
    """What this machine offers, whatever the project."""
    return Examination("this machine", (_system(), _python(), _time_zones(), _git(), *_engines()))


def examine_project(root: str, environment: str | None) -> tuple[Examination, ...]:
    """The project at `root`; of its environments only the one that was asked for."""
    try:
        spec = read_spec(root, execute=True)
    except BigflowError as error:
        return (Examination("the project", (Check("ok", "root", root), *_wrong(error))),)
    examined = Examination("the project", tuple(_project(spec)))
    if environment is None:
        return (examined,)
    title = f"the environment {environment}"
    return (examined, Examination(title, tuple(_told(lambda: _environment(spec, environment)))))


def _system() -> Check:
    names = {"linux": "Linux", "darwin": "macOS"}
    if sys.platform in names:
        return Check("ok", names[sys.platform])
    if sys.platform == "win32":
        return Check("missing", "Linux or macOS", "this is Windows", hint="wsl --install, and work in there")
    return Check("warn", sys.platform, "only Linux and macOS are tested")


def _python() -> Check:
    return Check("ok", f"Python {'.'.join(map(str, sys.version_info[:3]))}", sys.executable)


def _time_zones() -> Check:
    from zoneinfo import available_timezones

    if available_timezones():
        return Check("ok", "time-zone data")
    detail = "workflows with a timezone cannot run here"
    return Check("warn", "no time-zone data", detail, hint="install tzdata, the system's or the Python package")


def _git() -> Check:
    if path := shutil.which("git"):
        return Check("ok", "git", path)
    return Check("warn", "git not found", "versions are hashes of files without it", hint="install git")


def _engines() -> Iterator[Check]:
    for program, name in (("docker", "Docker"), ("podman", "Podman")):
        path = shutil.which(program)
        yield Check("info", name if path else f"{name} not found", path or "not needed: workflows run without it")


def _project(spec: ProjectSpec) -> Iterator[Check]:
    yield Check("ok", "root", spec.root)
    parts: tuple[Callable[[ProjectSpec], Iterator[Check]], ...] = (
        _identity, _interpreter, _version, _requirements, _workflows, _environments,
    )  # fmt: skip
    for part in parts:
        yield from _told(lambda part=part: part(spec))  # type: ignore[misc]


def _told(checks: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """The checks, up to the error that ends them."""
    try:
        yield from checks()
    except BigflowError as error:
        yield from _wrong(error)


def _wrong(error: BigflowError) -> Iterator[Check]:
    for finding in error.findings:
        yield Check("wrong", finding.message, where=finding.where, hint=finding.hint)


def _identity(spec: ProjectSpec) -> Iterator[Check]:
    yield Check("ok", f"package {spec.package}", f"project {spec.name}", spec.where("name"))
    if spec.where("edition"):
        yield Check("ok", f"edition {spec.edition}", where=spec.where("edition"))
    else:
        hint = 'edition = "2026" under [tool.bigflow] in pyproject.toml chooses the newer ones'
        yield Check("info", f"edition {spec.edition}", "the defaults of 1.11, since none is named", hint=hint)


def _interpreter(spec: ProjectSpec) -> Iterator[Check]:
    own = project_environment(spec.root, sys.prefix)
    if own is None:
        yield Check("info", "no .venv", f"code runs in {sys.executable}")
    elif own.problem:
        yield Check("warn", ".venv is not used", own.problem, hint=f"code runs in {sys.executable} instead")
    else:
        yield Check("ok", ".venv", f"Python {own.version}" if own.version else "")


def _version(spec: ProjectSpec) -> Iterator[Check]:
    version = project_version(spec.root, spec)
    yield Check("warn" if version.hint else "ok", f"version {version.value}", version.explanation, hint=version.hint)


def _requirements(spec: ProjectSpec) -> Iterator[Check]:
    try:
        with open(os.path.join(spec.root, spec.requirements_file), encoding="utf-8") as file:
            pinned = [line.strip() for line in file if _PINNED.match(line)]
    except FileNotFoundError:
        yield Check("info", "no requirements", f"there is no {spec.requirements_file}")
        return
    # A line with a marker is for some machines only, perhaps not for this one.
    names = [match[0] for line in pinned if ";" not in line and (match := _PINNED.match(line))]
    absent = [name for name in names if not _installed(name)]
    if absent:
        hint = f"pip install -r {spec.requirements_file}"
        yield Check("missing", "requirements", f"not installed here: {', '.join(absent)}", spec.requirements_file, hint)
    else:
        yield Check("ok", "requirements", f"{len(pinned) or 'none'} in {spec.requirements_file}")


def _installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _workflows(spec: ProjectSpec) -> Iterator[Check]:
    found = discover(spec.package)
    yield from (Check("wrong", finding.message, where=finding.where, hint=finding.hint) for finding in found.findings)
    ids = sorted(workflow.workflow_id for workflow in found.workflows)
    if ids:
        yield Check("ok", "1 workflow" if len(ids) == 1 else f"{len(ids)} workflows", ", ".join(ids))
    elif not found.findings:
        hint = "a module-level `name = Workflow(...)` in any module of the package is one"
        yield Check("warn", "no workflows", f"in package {spec.package}", hint=hint)


def _environments(spec: ProjectSpec) -> Iterator[Check]:
    config = deployment_config(spec.root, spec.deployment_config_file)
    if config is None:
        yield Check("info", "no environments", f"there is no {spec.deployment_config_file}")
        return
    names = [f"{name} (default)" if name == config.default_environment else name for name in config.environments]
    yield Check("ok", "environments", ", ".join(names), spec.deployment_config_file)


def _environment(spec: ProjectSpec, environment: str) -> Iterator[Check]:
    """What is left to variables that nobody set, and what does not resolve. Secrets are never shown."""
    config = deployment_config(spec.root, spec.deployment_config_file)
    if config is None:
        yield Check("missing", spec.deployment_config_file, f"no environment {environment} without it")
        return
    missing = config.missing(environment)
    if missing:
        lines = _lines(spec, environment)
        yield from (
            Check("missing", f"{name} missing", where=lines(name), hint=_example(config, name)) for name in missing
        )
        return
    yield Check("ok", "properties", ", ".join(config.resolve(environment)))


def _example(config: Config, name: str) -> str:
    if name in _EXAMPLES:
        return f"e.g. {_EXAMPLES[name]}"
    variable = f"set {config.environment_variables_prefix}{name}"
    return variable if looks_secret(name) else f"write its value there, or {variable}"


def _lines(spec: ProjectSpec, environment: str) -> Callable[[str], str]:
    """Where a property of the environment is written: in its own part of the file, else in the first, the master's."""
    with open(os.path.join(spec.root, spec.deployment_config_file), encoding="utf-8") as file:
        calls = list(named_calls(file.read(), ("Config", "DeploymentConfig", "add_configuration"), "name"))
    own = [call for call in calls if call.name == environment]

    def place(name: str) -> str:
        candidates = [line for call in (*own, *calls[:1]) for key, line in call.keys if key == name]
        line = next(iter([*candidates, *(call.line for call in own)]), None)
        return spec.deployment_config_file + (f":{line}" if line else "")

    return place
