"""Turns a folder with deployment_config.py, and options, into the ground of one environment."""

import argparse
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NamedTuple

from bigflow.artifacts import read_manifest
from bigflow.artifacts.manifest import PATH
from bigflow.cli.console import Console
from bigflow.cli.deploy_values import Values, alerts, environment_of, resources, timetable
from bigflow.cli.here import go_into, project_root
from bigflow.cli.presence import actor
from bigflow.configuration.secrets import secretstr
from bigflow.dags.binding import Bindings
from bigflow.deployer.bundle import NOWHERE
from bigflow.deployer.bundle import address_of as address_of_bundles
from bigflow.deployer.deploying import Ground
from bigflow.deployer.ledger import Ledger, projects_in
from bigflow.deployer.place import address_of, place_of
from bigflow.deployer.settings import Reach, Settings, reach
from bigflow.deployer.vault import Vault
from bigflow.errors import BigflowError, UsageError
from bigflow.project.deployment import deployment_config
from bigflow.project.spec import read_spec

CONFIG = "deployment_config.py"


class Field(NamedTuple):
    """Where we are, and what we know of the environment before anything is asked."""

    root: str
    values: Values
    settings: Settings
    project: str  # as the files here say it; empty if they do not

    def reach(self, project: str) -> Reach:
        return reach(self.settings, project)


@dataclass(frozen=True, slots=True)
class Places:
    """The ground, with where images go; that is empty for commands that need none."""

    ground: Ground
    repository: str


def field(arguments: argparse.Namespace, console: Console) -> Field:
    """Find the folder, go into it, and read the values of the environment."""
    root = project_root(arguments)
    said = arguments.deployment_config_path
    name = ""
    if root is not None:
        file = os.path.abspath(said) if said else None
        go_into(root, console)
        with suppress(BigflowError):  # a folder that has artifacts only is no complete project
            spec = read_spec(root, execute=False)
            name, file = spec.name, file or spec.deployment_config_file
    else:
        start = os.path.abspath(arguments.project_dir or os.getcwd())
        root = folder_with_config(start) or start
        file = os.path.abspath(said) if said else None
        console.root = root
        os.chdir(root)
    config = deployment_config(root, file or CONFIG)
    if config is None and said:
        raise UsageError(f"there is no {said}", hint="-dc names the file with deployment_config")
    where = os.path.join(root, file or CONFIG) if config else ""
    values = Values(environment_of(arguments, config), arguments, config, where)
    return Field(root, values, _settings(values), values.text("project") or name or _project_of_build(root))


def places(at: Field, project: str, *names: str) -> Places:
    """The places that these values name, for a project; without one, for the only project that has records there."""
    bucket = _dags_bucket(at.values)
    said = at.values.need(*(() if bucket else ("dags_bucket",)), *names)
    project = project or at.project or _only_project(at, bucket)
    ways = at.reach(project)
    place = place_of(bucket, project, ways.store)
    ground = Ground(
        environment=at.values.environment,
        protected=at.values.flag("protected"),
        place=place,
        ledger=Ledger(place.store, place.address.records, project),
        images=ways.images,
        actor=actor(),
        stores=ways.store,
    )
    return Places(ground, said.get("docker_repository", ""))


def bindings(values: Values) -> Bindings:
    """What the environment says to all DAGs; image and version come from the build."""
    return Bindings(
        image="",
        version="",
        environment=values.environment,
        namespace=values.text("namespace") or None,
        connection=values.text("kubernetes_connection") or None,
        config_file=values.text("kubernetes_config_file") or None,
        service_account=values.text("service_account") or None,
        pool=values.text("pool") or None,
        resources=resources(values),
        timetable=timetable(values),
        alerts=alerts(values),
        paused=values.flag("paused"),
    )


def _dags_bucket(values: Values) -> str:
    """Where DAGs and records are. An environment that only has EMR bundles has its records beside them."""
    emr = values.text("emr_bucket")
    return values.text("dags_bucket") or (f"{address_of_bundles(emr)}/dags" if emr not in ("", NOWHERE) else "")


def _project_of_build(root: str) -> str:
    manifest = read_manifest(os.path.join(root, PATH))
    return manifest.project if manifest else ""


def _settings(values: Values) -> Settings:
    settings = Settings(
        google_key_file=values.text("google_key_file"),
        google_impersonate=values.text("google_impersonate"),
        aws_profile=values.text("aws_profile"),
        aws_region=values.text("aws_region"),
        endpoint=values.text("storage_endpoint"),
        anonymous=values.flag("storage_anonymous"),
        ca_file=values.text("ca_file"),
        docker_config=os.path.join(os.environ.get("DOCKER_CONFIG") or os.path.expanduser("~/.docker"), "config.json"),
        http_proxy=_proxy("http_proxy"),
        https_proxy=_proxy("https_proxy"),
        no_proxy=_proxy("no_proxy"),
    )
    if (values.text("auth_method") or "local_account") != "vault":
        return settings
    said = values.need("vault_endpoint", "vault_secret")
    vault = Vault(said["vault_endpoint"], secretstr(said["vault_secret"]), _verify(values))
    return replace(settings, vault=vault)


def _proxy(name: str) -> str:
    return os.environ.get(name) or os.environ.get(name.upper()) or ""


def _verify(values: Values) -> bool | str:
    """True, false, or a file of certificates."""
    said = values.said("vault_endpoint_verify")
    if isinstance(said, str) and os.path.isfile(said):
        return said
    return values.flag("vault_endpoint_verify", default=True)


def _only_project(at: Field, bucket: str) -> str:
    address = address_of(bucket, "any")
    known = projects_in(at.reach("").store(address.root), address.records)
    if len(known) == 1:
        return known[0]
    told = f"several projects have records there: {', '.join(known)}" if known else "no project has records there"
    raise UsageError(
        f"whose releases? {told}", where=bucket, hint="--project NAME, or `project` in deployment_config.py"
    )


def folder_with_config(start: str) -> str | None:
    """The folder with deployment_config.py, from here upward."""
    folder = start
    while not os.path.isfile(os.path.join(folder, CONFIG)):
        if os.path.dirname(folder) == folder:
            return None
        folder = os.path.dirname(folder)
    return folder
