"""Turns `deployment_config.py` into the Config that it defines."""

import os
import sys
from contextlib import redirect_stdout

from bigflow.configuration import Config
from bigflow.errors import UsageError, nearest
from bigflow.project.failure import explain

# What only a deploy wants to know (each is an option of it): until then an environment may well have no value for them.
OF_A_DEPLOY = frozenset((
    "dags_bucket", "docker_repository", "gcp_project_id", "project", "auth_method", "vault_endpoint", "vault_secret",
    "vault_endpoint_verify", "google_key_file", "google_impersonate", "aws_profile", "aws_region", "storage_endpoint",
    "storage_anonymous", "ca_file", "namespace", "kubernetes_connection", "kubernetes_config_file", "service_account",
    "pool", "resources", "schedule", "schedule_timezone", "alerts", "paused", "protected", "airflow_url",
    "emr_bucket",
))  # fmt: skip


def deployment_config(root: str, file_name: str) -> Config | None:
    """The project's `deployment_config`, or None when it has no such file."""
    path = os.path.join(root, file_name)
    try:
        with open(path, encoding="utf-8") as file:
            source = file.read()
    except FileNotFoundError:
        return None
    module: dict[str, object] = {"__name__": "deployment_config", "__file__": path}
    try:
        with redirect_stdout(sys.stderr):
            exec(compile(source, path, "exec"), module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        finding = explain("deployment_config", error, "deployment_config")
        raise UsageError(finding.message, where=finding.where or path, hint=finding.hint) from None
    config = module.get("deployment_config")
    if not isinstance(config, Config):
        raise UsageError(
            f"{file_name} does not define `deployment_config`",
            where=path,
            hint="deployment_config = Config('local', {...}).add_configuration('prod', {...})",
        )
    return config


def environment(root: str, file_name: str, wish: str | None) -> str | None:
    """The environment to work in: the one wished for, if the project has it; without a wish the project's default."""
    config = deployment_config(root, file_name)
    if config is None:
        return wish
    if wish is not None and wish not in config.environments:
        meant = nearest(wish, config.environments)
        raise UsageError(
            f"there is no environment {wish!r}" + (f"; did you mean {meant!r}?" if meant else ""),
            where=os.path.join(root, file_name),
            hint=f"its environments: {', '.join(config.environments)}",
        )
    return wish or config.default_environment
