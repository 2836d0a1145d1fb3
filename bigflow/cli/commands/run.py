"""Turns `bigflow run` into one job in this very process, or a workflow's jobs one after the other."""

import argparse
import os
from collections.abc import Mapping

from bigflow import _ambient
from bigflow.cli.console import Console
from bigflow.cli.here import Here, enter
from bigflow.cli.job_logging import log_with
from bigflow.cli.options import add_environment, add_json
from bigflow.cli.run_view import listener
from bigflow.errors import ExitCode, UsageError
from bigflow.project.discovery import discover, find_workflow
from bigflow.project.glance import Glance
from bigflow.runner.attempt import Terminated
from bigflow.runner.sequence import Order, all_jobs, one_job
from bigflow.runner.sequence import run as execute
from bigflow.workflow.context import JobContext
from bigflow.workflow.moment import moment, with_end
from bigflow.workflow.workflow import Workflow


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.usage = "bigflow run (-w W | -j W.J) [options]"
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("-w", "--workflow", metavar="W", help="run all jobs of this workflow")
    what.add_argument("-j", "--job", metavar="W.J", help="run one job, in this very process")
    parser.add_argument(
        "-r", "--runtime", metavar="WHEN", help="2026-11-19 or '2026-11-19 03:00:00' (default: by edition)"
    )
    add_environment(parser)
    parser.add_argument("-p", "--param", metavar="KEY=VALUE", action="append", default=[], help="a param; repeatable")
    parser.add_argument(
        "--project-package", metavar="PKG", help="the package with the workflows (default: the project's)"
    )
    add_json(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    here = enter(arguments, console)
    env = _environment(arguments, here)
    order = _order(arguments, here, env)
    log_with(_mark(order))
    try:
        report = execute(order, listener(console, alone=bool(arguments.job)))
    except BrokenPipeError:  # who read our events has left: the jobs that are ahead were not run
        return ExitCode.FAILED
    except KeyboardInterrupt:
        console.say(f"interrupted while running {order.workflow.workflow_id}")
        return ExitCode.INTERRUPTED
    except Terminated:
        console.say(f"terminated while running {order.workflow.workflow_id}")
        return ExitCode.TERMINATED
    return ExitCode.OK if report.succeeded else ExitCode.FAILED


def _order(arguments: argparse.Namespace, here: Here, env: str | None) -> Order:
    workflow, job_id = _target(arguments, here)
    when = moment(workflow, here.edition, arguments.runtime, _ambient.now())
    if here.project is not None:
        when = with_end(when, workflow, here.edition)
    context = JobContext.make(runtime=when.runtime, workflow=workflow, env=env)._replace(
        interval_end=when.interval_end,
        params=_params(workflow, arguments.param),
        run_id=_ambient.variable("bf_run_id") or "",
    )
    if job_id:
        return one_job(workflow, job_id, when, context)
    return all_jobs(workflow, when, context)


def _target(arguments: argparse.Namespace, here: Here) -> tuple[Workflow, str]:
    if arguments.workflow:
        return find_workflow(here.package, arguments.workflow), ""
    workflow_id, job_id = _split(arguments.job, here)
    return find_workflow(here.package, workflow_id), job_id


def _split(target: str, here: Here) -> tuple[str, str]:
    """`W.J`, where both ids may have dots: then the project is asked which of the readings exists."""
    before, dot, after = target.partition(".")
    if not dot:
        raise UsageError(f"--job {target!r} names no job", hint="write WORKFLOW.JOB, such as daily.fetch")
    if "." in after:
        ids = {workflow.workflow_id for workflow in discover(here.package).workflows}
        splits = [(target[:at], target[at + 1 :]) for at, letter in enumerate(target) if letter == "."]
        return next((split for split in splits if split[0] in ids), (before, after))
    return before, after


def _environment(arguments: argparse.Namespace, here: Here) -> str | None:
    """`-c`, else `bf_env`, else (from edition 2026 on) the default environment of deployment_config.py."""
    env: str | None = arguments.config or _ambient.environment_name()
    if here.project is not None and here.edition.default_environment == "deployment_config":
        env = _environment_of_project(env, here.project)
    if env is not None:
        os.environ["bf_env"] = env
    return env


def _environment_of_project(env: str | None, project: Glance) -> str | None:
    if not os.path.exists(project.deployment_config_file):
        return env
    from bigflow.project.deployment import environment

    return environment(project.root, project.deployment_config_file, env)


def _params(workflow: Workflow, words: list[str]) -> Mapping[str, object]:
    if not words:
        return workflow.params
    from bigflow.workflow.params import with_params

    return with_params(workflow.params, words)


def _mark(order: Order) -> str:
    job = f".{order.jobs[0].id}" if len(order.jobs) == 1 else ""
    return f"{order.workflow.workflow_id}{job} {order.context.runtime_str} #{order.context.attempt}"
