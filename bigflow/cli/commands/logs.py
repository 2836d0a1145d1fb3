"""Turns a workflow that is deployed into the links to its logs."""

import argparse

from bigflow.cli.console import Console
from bigflow.cli.deploy_ground import field, places
from bigflow.cli.deploy_options import add_values
from bigflow.cli.options import add_json
from bigflow.deployer.links import log_links
from bigflow.deployer.observe import recorded
from bigflow.errors import ExitCode, UsageError


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-w", "--workflow", metavar="W", required=True, help="the workflow")
    add_values(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    at = field(arguments, console)
    ground = places(at, "").ground
    known = {name: at.values.text(name) for name in ("gcp_project_id", "airflow_url")}
    links = log_links(recorded(ground.ledger).current, arguments.workflow, **known)
    if console.json:
        console.data_json([link._asdict() for link in links])
        return ExitCode.OK
    for link in links:
        console.data(f"{link.what}: {link.url}")
    if not links:
        raise UsageError(
            f"nobody says where the logs of {ground.environment} are",
            where=at.values.where,
            hint="set airflow_url, or gcp_project_id for Cloud Logging",
        )
    return ExitCode.OK
