"""Turns this machine's variables and files of values into the secrets that it has for jobs."""

import os
from collections.abc import Mapping

from bigflow import _ambient

_PREFIX = "bf_"
# What everybody may know, and sources do name.
_OPEN = (
    "env",
    "gcp_project_id",
    "dags_bucket",
    "docker_repository",
    "vault_endpoint",
    "project_id",
    "region",
    "run_id",
)
_SHORTEST = 6  # characters: shorter values are found everywhere


def known_secrets(root: str) -> Mapping[str, bytes]:
    """The values of variables that this machine has for jobs, by what they are called and where that is said."""
    found: dict[str, bytes] = {}
    environments = [name.removeprefix(".env.") for name in sorted(os.listdir(root)) if name.startswith(".env.")]
    for environment in (None, *environments):
        where = f"{_PREFIX}{{}} of .env.{environment}" if environment else f"the variable {_PREFIX}{{}}"
        for name, value in _ambient.variables(_PREFIX, environment).items():
            if name not in _OPEN and len(value) >= _SHORTEST and value.encode() not in found.values():
                found[where.format(name)] = value.encode("utf-8", "surrogateescape")
    return found
