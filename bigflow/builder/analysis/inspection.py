"""A program of the project's Python: turns deployment_config.py and the package into a JSON file of what is wrong."""

import argparse
import faulthandler
import json
import os
import sys
from collections.abc import Iterator
from typing import NamedTuple

from bigflow._files import write_atomically
from bigflow.configuration import Config
from bigflow.errors import BigflowError
from bigflow.project.deployment import OF_A_DEPLOY, deployment_config
from bigflow.project.discovery import discover


class Told(NamedTuple):
    """One thing to tell: it fails the check, or is only worth knowing."""

    fails: bool
    message: str
    where: str
    hint: str


def _wrong(error: BigflowError) -> Iterator[Told]:
    yield from (Told(True, *finding) for finding in error.findings)


def _environments(config: Config, file: str) -> Iterator[Told]:
    """What keeps an environment from being resolved. A value that is left to variables may come later, and what
    only a deploy needs is asked for by that.
    """
    for name in config.environments:
        try:
            missing = config.missing(name)
            if not missing:
                config.resolve(name)
        except BigflowError as error:
            yield from _wrong(error)
            continue
        missing = tuple(one for one in missing if one not in OF_A_DEPLOY)
        if missing:
            variables = ", ".join(f"{config.environment_variables_prefix}{one}" for one in missing)
            message = f"environment {name!r} has no value here for {', '.join(missing)}"
            yield Told(False, message, file, f"set {variables} where it is deployed from")


def _inspected(root: str, file: str, package: str) -> dict[str, object]:
    told: list[Told] = []
    config = None
    try:
        config = deployment_config(root, file)
        told += _environments(config, file) if config is not None else ()
    except BigflowError as error:
        told += _wrong(error)
    found = discover(package)
    told += (Told(True, *finding) for finding in found.findings)
    return {
        "told": told,
        "environments": config.environments if config is not None else (),
        "workflows": [workflow.workflow_id for workflow in found.workflows],
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    for option in ("--root", "--package", "--configuration", "--answer"):
        parser.add_argument(option, required=True)
    parser.add_argument("--limit", type=float, required=True)
    said = parser.parse_args()
    faulthandler.dump_traceback_later(said.limit, exit=True)  # says where a module hangs
    inspected = _inspected(said.root, said.configuration, said.package)
    write_atomically(said.answer, json.dumps(inspected))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # whatever the project's modules left running ends here


if __name__ == "__main__":
    main()
