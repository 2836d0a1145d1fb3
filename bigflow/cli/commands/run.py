"""Turns `bigflow run` into one job in this very process, or a workflow's jobs each in a process of its own."""

import argparse

from bigflow import _ambient
from bigflow.cli.console import Console
from bigflow.cli.here import enter
from bigflow.cli.job_logging import log_with
from bigflow.cli.options import add_environment, add_json, add_variant
from bigflow.cli.run_choices import (
    add_isolation,
    attempt,
    chosen_moment,
    environment,
    interval_end,
    labels,
    params,
    target,
)
from bigflow.cli.run_view import listener
from bigflow.errors import ExitCode
from bigflow.runner.attempt import Terminated
from bigflow.runner.single import run_job
from bigflow.workflow.context import JobContext


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.usage = "bigflow run (-w W | -j W.J | --resume [RUN]) [options]"
    what = parser.add_mutually_exclusive_group()
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
    add_variant(parser)
    add_json(parser)
    whole = parser.add_argument_group("options for whole workflows")
    whole.add_argument("--parallel", metavar="N", type=int, help="jobs at a time (default: the number of cores)")
    add_isolation(whole)
    whole.add_argument("--only", metavar="GLOB", action="append", default=[], help="run these jobs; repeatable")
    whole.add_argument("--from", metavar="GLOB", action="append", default=[], dest="since", help="and what follows")
    whole.add_argument("--until", metavar="GLOB", action="append", default=[], help="these, and what they need")
    whole.add_argument("--skip", metavar="GLOB", action="append", default=[], help="all but these")
    whole.add_argument(
        "--resume", metavar="RUN", nargs="?", const="last", help="run what did not succeed (default: of the last run)"
    )
    retries = whole.add_mutually_exclusive_group()
    retries.add_argument("--retries", action="store_true", default=None, help="as declared, also at a terminal")
    retries.add_argument("--no-retries", action="store_false", dest="retries", help="one attempt a job, everywhere")
    whole.add_argument("--fail-fast", action="store_true", help="the first failure stops everything")
    whole.add_argument("--plan", action="store_true", help="tell what would run and why, and run nothing")
    whole.add_argument("--force", action="store_true", help="also while the same workflow and runtime is being run")
    whole.add_argument("--report", metavar="FILE.html", help="write a page about the run")


def run(arguments: argparse.Namespace, console: Console) -> int:
    if not arguments.job or arguments.isolation == "container":
        from bigflow.cli.whole_run import run_workflow

        return run_workflow(arguments, console)
    here = enter(arguments, console)
    env = environment(arguments, here)
    workflow, job_id = target(arguments.job, here)
    when = chosen_moment(arguments, workflow, here)
    context = JobContext.make(runtime=when.runtime, workflow=workflow, env=env)._replace(
        job_id=job_id,
        interval_end=interval_end(workflow) or when.interval_end,
        params=params(workflow, arguments.param),
        run_id=_ambient.variable("bf_run_id") or "",
        attempt=attempt(),
        labels=labels(),
    )
    log_with(f"{workflow.workflow_id}.{job_id} {context.runtime_str} #{context.attempt}")
    try:
        end = run_job(workflow, when, context, listener(console, alone=True))
    except BrokenPipeError:  # who read our events has left: the job was not run to its end
        return ExitCode.FAILED
    except KeyboardInterrupt:
        console.say(f"interrupted while running {workflow.workflow_id}")
        return ExitCode.INTERRUPTED
    except Terminated:
        console.say(f"terminated while running {workflow.workflow_id}")
        return ExitCode.TERMINATED
    return ExitCode.OK if end.state == "success" else ExitCode.FAILED
