"""Turns `bigflow run -w` and `bigflow run --resume` into a run of a workflow, and what came of it into an exit code."""

import argparse
import os
import signal
import sys
from datetime import datetime
from glob import escape

from bigflow._process_tree import has_native_threads
from bigflow.cli.console import Console
from bigflow.cli.here import Here, enter
from bigflow.cli.job_logging import log_with
from bigflow.cli.run_choices import chosen_moment, environment, params, target
from bigflow.cli.run_view import listener
from bigflow.errors import ExitCode, UsageError
from bigflow.project.discovery import find_workflow
from bigflow.runner.backends import Outfit
from bigflow.runner.local import RUNS, Ask, Way, planned, run_all
from bigflow.runner.report import RunReport
from bigflow.runner.selection import Selection
from bigflow.runner.store import Store
from bigflow.workflow.moment import Moment
from bigflow.workflow.params import with_recorded
from bigflow.workflow.workflow import Workflow


def run_workflow(arguments: argparse.Namespace, console: Console) -> int:
    """The whole of it."""
    if not arguments.workflow and not arguments.job and not arguments.resume:
        raise UsageError(
            "what shall be run?", hint="bigflow run -w W, -j W.J or --resume   (bigflow workflows lists them)"
        )
    page = os.path.abspath(arguments.report) if arguments.report else ""  # of the folder that the user is in
    here = enter(arguments, console)
    store = Store(RUNS)
    ask = _resumed(arguments, here, store) if arguments.resume else _asked(arguments, here)
    if arguments.plan:
        return _tell_plan(ask, console)
    log_with(f"{ask.workflow.workflow_id} {ask.moment.runtime:%Y-%m-%d %H:%M:%S}")
    tell = listener(console, alone=False, retries_off=not ask.retries and arguments.retries is None)
    how = way(arguments)
    tell_of_threads(how, console)
    tell_of_age(how, console)
    try:
        (report,) = run_all(iter([ask]), store, how, tell)
    except BrokenPipeError:  # who read our events has left: the run did not come to its end
        return ExitCode.FAILED
    if page:
        _write_report(report, store, page, console)
    return exit_code(report)


def tell_of_threads(how: Way, console: Console) -> None:
    """Once: why attempts begin more slowly than they could."""
    if how.isolation == "process" and has_native_threads():
        console.note("the import of this project left threads, so every attempt imports it anew   (docs: runs)")


def tell_of_age(how: Way, console: Console) -> None:
    """The image is not made of the sources as they are now: a run in it may surprise."""
    if how.outfit is None:
        return
    from bigflow.project.spec import read_spec
    from bigflow.project.version import project_version
    from bigflow.runner.backends.built_image import older_than_sources, version_of_image

    root = how.outfit.root
    version = version_of_image(root)  # of none, if there is none: that is told when it is wanted
    if changed := older_than_sources(root):
        console.note(f"the image is older than {changed}; to have it in there: bigflow build")
    elif version and version != (current := project_version(root, read_spec(root, execute=True)).value):
        console.note(f"the image is version {version}, and the sources are {current}; to have these: bigflow build")


def exit_code(report: RunReport) -> int:
    """0, 1, or 130 when Ctrl-C stopped it, 143 when SIGTERM did."""
    if report.state == "interrupted":
        return ExitCode.TERMINATED if report.ended_by == signal.SIGTERM else ExitCode.INTERRUPTED
    return ExitCode.OK if report.succeeded else ExitCode.FAILED


def _asked(arguments: argparse.Namespace, here: Here) -> Ask:
    env = environment(arguments, here)
    workflow, selection = _wanted(arguments, here)
    when = chosen_moment(arguments, workflow, here)
    return Ask(
        workflow,
        when,
        env,
        params(workflow, arguments.param),
        selection,
        retries(arguments) and not arguments.job,
        package=here.package,
        force=arguments.force,
    )


def _wanted(arguments: argparse.Namespace, here: Here) -> tuple[Workflow, Selection]:
    """A workflow and its jobs, or one job of it."""
    if not arguments.job:
        return find_workflow(here.package, arguments.workflow), _selection(arguments)
    workflow, job_id = target(arguments.job, here)
    return workflow, Selection(only=(escape(workflow.find_job(job_id).id),))


def _resumed(arguments: argparse.Namespace, here: Here, store: Store) -> Ask:
    """The same workflow, runtime, environment and params as that run had: only the code may have changed."""
    for option, given in (("-r", arguments.runtime), ("-c", arguments.config), ("-p", arguments.param)):
        if given:
            raise UsageError(
                f"--resume takes no {option}", hint="a resumed run has the runtime, environment and params it had"
            )
    last = store.last_open(arguments.workflow) if arguments.resume == "last" else store.recorded(arguments.resume)
    header = last.header
    if header.env is not None:
        os.environ["bf_env"] = header.env
    workflow = find_workflow(here.package, header.workflow_id)
    end = datetime.fromisoformat(header.interval_end) if header.interval_end else None
    when = Moment(datetime.fromisoformat(header.runtime), end, chosen=False)
    return Ask(
        workflow,
        when,
        header.env,
        with_recorded(workflow.params, header.params),
        _selection(arguments),
        retries(arguments),
        last,
        here.package,
        arguments.force,
    )


def _selection(arguments: argparse.Namespace) -> Selection:
    return Selection(*(tuple(words) for words in (arguments.only, arguments.since, arguments.until, arguments.skip)))


def retries(arguments: argparse.Namespace) -> bool:
    """At a terminal a typo must not take three minutes to fail; elsewhere nobody is there to try again."""
    if arguments.retries is not None:
        return bool(arguments.retries)
    return not sys.stderr.isatty()


def way(arguments: argparse.Namespace) -> Way:
    """How `--isolation`, `--parallel` and `--fail-fast` want it."""
    if arguments.parallel is not None and arguments.parallel < 1:
        raise UsageError(f"--parallel cannot be {arguments.parallel}", hint="--parallel 1 runs one job at a time")
    parallel = arguments.parallel or len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(2))
    return Way(arguments.isolation, parallel, arguments.fail_fast, outfit=_outfit(arguments))


def _outfit(arguments: argparse.Namespace) -> Outfit | None:
    """What containers need; everything else has no mounts."""
    mounts = tuple(getattr(arguments, "mount", ()))
    if arguments.isolation == "container":
        from bigflow.cli.build_options import machine_cache

        return Outfit(os.getcwd(), machine_cache(), mounts)
    if mounts:
        raise UsageError("--mount is for containers", hint="--isolation container --mount SRC:DST")
    return None


def _tell_plan(ask: Ask, console: Console) -> int:
    prepared = planned(ask)
    if console.json:
        console.data_json(
            [
                {
                    "job": job.id,
                    "action": job.action,
                    "why": job.why,
                    "after": [prepared.jobs[p].id for p in job.parents],
                }
                for job in prepared.jobs
            ]
        )
        return ExitCode.OK
    width = max(len(job.id) for job in prepared.jobs) + 2
    words = {"execute": "run ", "kept": "keep", "left out": "--  "}
    for job in prepared.jobs:
        after = ", ".join(prepared.jobs[parent].id for parent in job.parents)
        why = job.why or (f"after {after}" if after else "first")
        console.data(f"  {words[job.action]}  {job.id:<{width}}{why}")
    return ExitCode.OK


def _write_report(report: RunReport, store: Store, file: str, console: Console) -> None:
    from bigflow.runner.history import write_report

    write_report(store.recorded(report.run_id), store.folder_of(report.run_id), file)
    console.note(f"the report is in {console.place(file)}")
