"""Turns the options that `run` and `backfill` share into an environment, a moment and params."""

import argparse
import os
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from bigflow import _ambient
from bigflow.cli.here import Here
from bigflow.errors import UsageError
from bigflow.project.discovery import discover, find_workflow
from bigflow.project.glance import Glance
from bigflow.workflow.context import NO_LABELS, as_moment, in_zone_of
from bigflow.workflow.moment import Moment, moment, with_end
from bigflow.workflow.workflow import Workflow


def add_isolation(parser: argparse._ActionsContainer) -> None:
    """Where each job runs, and what of this machine it sees there."""
    parser.add_argument(
        "--isolation",
        choices=["process", "inline", "container"],
        default="process",
        help="where each job runs (default: process)",
    )
    parser.add_argument(
        "--mount",
        metavar="SRC:DST[:ro]",
        action="append",
        default=[],
        help="with --isolation container: a file or folder that jobs see; repeatable",
    )


def environment(arguments: argparse.Namespace, here: Here) -> str | None:
    """`-c`, else `bf_env`, else (from edition 2026 on) the default environment of deployment_config.py."""
    env: str | None = arguments.config or _ambient.environment_name()
    if here.project is not None and here.edition.default_environment == "deployment_config":
        env = _environment_of_project(env, here.project)
    if env is not None:
        os.environ["bf_env"] = env
    return env


def chosen_moment(arguments: argparse.Namespace, workflow: Workflow, here: Here) -> Moment:
    """What `-r`, or its absence, means. In a pod the cron library may be missing: there the end is not worked out."""
    when = moment(workflow, here.edition, arguments.runtime, _ambient.now())
    return when if here.project is None else with_end(when, workflow, here.edition)


def attempt() -> int:
    """Which attempt the scheduler says that this is: `bf_attempt`."""
    said = _ambient.variable("bf_attempt") or "1"
    if said.isdecimal() and int(said):
        return int(said)
    raise UsageError(f"bf_attempt={said!r} is no number of an attempt", hint="unset BF_ATTEMPT, or set it to 1 or more")


def interval_end(workflow: Workflow) -> datetime | None:
    """The end of the period, as the scheduler says it: `bf_interval_end`."""
    said = _ambient.variable("bf_interval_end")
    return in_zone_of(as_moment(said), workflow.timezone) if said else None


def labels() -> Mapping[str, str]:
    """Those of the pod, as `kubectl -l` takes them: `bf_labels`."""
    said = _ambient.variable("bf_labels")
    if not said:
        return NO_LABELS
    pairs = [one.split("=") for one in said.split(",")]
    if any(len(pair) != 2 or not pair[0] for pair in pairs):
        raise UsageError(f"bf_labels={said!r} are no labels", hint="unset BF_LABELS, or write team=orders,tier=1")
    return MappingProxyType(dict(pairs))


def params(workflow: Workflow, words: list[str]) -> Mapping[str, object]:
    """The workflow's params, with what the user says of them."""
    if not words:
        return workflow.params
    from bigflow.workflow.params import with_params

    return with_params(workflow.params, words)


def target(text: str, here: Here) -> tuple[Workflow, str]:
    """`W.J`, where both ids may have dots: then the project is asked which of the readings exists."""
    workflow_id, dot, job_id = text.partition(".")
    if not dot:
        raise UsageError(f"--job {text!r} names no job", hint="write WORKFLOW.JOB, such as daily.fetch")
    if "." in job_id:
        ids = {workflow.workflow_id for workflow in discover(here.package).workflows}
        splits = [(text[:at], text[at + 1 :]) for at, letter in enumerate(text) if letter == "."]
        workflow_id, job_id = next((split for split in splits if split[0] in ids), (workflow_id, job_id))
    return find_workflow(here.package, workflow_id), job_id


def _environment_of_project(env: str | None, project: Glance) -> str | None:
    if not os.path.exists(project.deployment_config_file):
        return env
    from bigflow.project.deployment import environment as environment_of

    return environment_of(project.root, project.deployment_config_file, env)
