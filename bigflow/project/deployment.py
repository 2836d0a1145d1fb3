"""Turns `deployment_config.py` into the Config that it defines."""

import os

from bigflow.configuration import Config
from bigflow.errors import UsageError
from bigflow.project.failure import explain
from bigflow.project.spec import ProjectSpec


def deployment_config(spec: ProjectSpec) -> Config | None:
    """The project's `deployment_config`, or None when it has no such file."""
    path = os.path.join(spec.root, spec.deployment_config_file)
    try:
        with open(path, encoding="utf-8") as file:
            source = file.read()
    except FileNotFoundError:
        return None
    module: dict[str, object] = {"__name__": "deployment_config", "__file__": path}
    try:
        exec(compile(source, path, "exec"), module)
    except Exception as error:
        finding = explain("deployment_config", error, "deployment_config")
        raise UsageError(finding.message, where=finding.where or path, hint=finding.hint) from None
    config = module.get("deployment_config")
    if not isinstance(config, Config):
        raise UsageError(
            f"{spec.deployment_config_file} does not define `deployment_config`",
            where=path,
            hint="deployment_config = Config('local', {...}).add_configuration('prod', {...})",
        )
    return config


def default_environment(spec: ProjectSpec) -> str | None:
    """The environment that holds when the user names none, if the project says so."""
    config = deployment_config(spec)
    return config.default_environment if config is not None else None
