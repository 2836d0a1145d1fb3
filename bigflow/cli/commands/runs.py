"""Turns what ran here into a list, or one run into its attempts, its logs or a page."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from bigflow.cli.console import Console
from bigflow.cli.here import outside_of_a_project, project_root
from bigflow.cli.options import add_json, add_variant
from bigflow.drawing.durations import duration
from bigflow.errors import BigflowError, ExitCode, UsageError, nearest
from bigflow.runner.history import history, of_run, write_report
from bigflow.runner.local import RUNS
from bigflow.runner.logs import last_log, log_file
from bigflow.runner.past import JobPast, Past, Try
from bigflow.runner.run_page import counted, period
from bigflow.runner.store import Store

_HEADS = ("run", "workflow", "period", "env", "state", "jobs", "took", "began (UTC)")
_MARKS = {"success": "ok", "kept": "kept", "failed": "FAIL", "killed": "FAIL", "interrupted": "STOP", "running": ".."}


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.usage = "bigflow runs [show ID] [options]"
    parser.add_argument("action", nargs="?", choices=["show"], help="tell all of one run")
    parser.add_argument("run", nargs="?", metavar="ID", help="the run to show: its number, or `last`")
    parser.add_argument("-w", "--workflow", metavar="W", help="only runs of this workflow; with `last`, its last run")
    parser.add_argument("-n", "--number", metavar="N", type=int, help="list so many runs, the newest (default: 20)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--log", metavar="JOB", help="print what the last attempt of this job wrote")
    what.add_argument("--report", metavar="FILE.html", help="write a page with graph, timeline and logs")
    add_variant(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    _check(arguments)
    root = project_root(arguments, console)
    if root is None:
        raise outside_of_a_project(arguments)
    console.root = root
    runs = os.path.join(root, RUNS)
    if not arguments.action:
        return _list(runs, arguments, console)
    shown = _chosen(runs, arguments)
    folder = os.path.join(runs, shown.header.run_id)
    if arguments.log:
        return _print_log(shown, folder, arguments.log, console)
    if arguments.report:
        write_report(Store(runs).recorded(shown.header.run_id), folder, arguments.report)
        console.note(f"the report is in {arguments.report}")
    elif console.json:
        console.data_json(_as_json(shown) | {"attempts": list(_attempts_as_json(shown, folder, console))})
    else:
        _show(shown, folder, console)
    return ExitCode.OK


def _check(arguments: argparse.Namespace) -> None:
    if arguments.action and not arguments.run:
        raise UsageError("which run?", hint="bigflow runs show last   (bigflow runs lists them)")
    if not arguments.action and (option := next((one for one in ("log", "report") if getattr(arguments, one)), "")):
        raise UsageError(f"--{option} is about one run", hint=f"bigflow runs show last --{option} ...")
    if arguments.number is not None and arguments.number < 1:
        raise UsageError(f"--number cannot be {arguments.number}", hint="--number 20 lists the newest 20")


def _list(runs: str, arguments: argparse.Namespace, console: Console) -> int:
    found = list(_some(runs, arguments.workflow, arguments.number or 20, console))
    if console.json:
        console.data_json([_as_json(one) for one in found])
    elif found:
        _tell_table([_HEADS, *map(_row, found)], console)
    elif arguments.workflow:
        console.note(f"no run of {arguments.workflow!r} is known here; bigflow run -w {arguments.workflow} makes one")
    else:
        console.note("nothing ran here yet; bigflow run -w W runs a workflow, and is listed here")
    return ExitCode.OK


def _some(runs: str, workflow: str | None, most: int, console: Console) -> Iterator[Past]:
    """The newest, with a word on those that cannot be read."""
    told = 0
    for one in history(runs):
        if told == most:
            return
        if isinstance(one, BigflowError):
            console.note(f"{console.place(one.where)}: {one.message}; {one.hint}")
        elif workflow in (None, one.header.workflow_id):
            told += 1
            yield one


def _tell_table(rows: Sequence[tuple[str, ...]], console: Console) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        console.data("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _row(one: Past) -> tuple[str, ...]:
    header = one.header
    began = f"{one.began:%Y-%m-%d %H:%M:%S}"
    names = (header.run_id, header.workflow_id, _moments(one), header.env or "-")
    return (*names, one.state, counted(one), duration(one.seconds), began)


def _moments(one: Past) -> str:
    return period(one.header.runtime, one.header.interval_end).replace("→", "->")  # any terminal has these


def _chosen(runs: str, arguments: argparse.Namespace) -> Past:
    if arguments.run != "last":
        store = Store(runs)
        return of_run(store.recorded(arguments.run), store.folder_of(arguments.run))
    for one in history(runs):
        if isinstance(one, BigflowError):
            raise one
        if arguments.workflow in (None, one.header.workflow_id):
            return one
    of_workflow = f" of {arguments.workflow!r}" if arguments.workflow else ""
    raise UsageError(f"there is no run{of_workflow} yet", where=runs, hint="bigflow run -w W")


def _show(one: Past, folder: str, console: Console) -> None:
    console.data(f"run {one.header.run_id}  {one.header.workflow_id}  {one.state}  {duration(one.seconds)}")
    for name, value in _facts(one):
        console.data(f"  {name:<9}{value}")
    width = max((len(job.id) for job in one.jobs), default=0)
    for job in one.jobs:
        for line in _job_lines(job, folder, width):
            console.data(console.place(line))
    if one.can_go_on:
        console.say(f"to go on: bigflow run --resume {one.header.run_id}")


def _facts(one: Past) -> Iterator[tuple[str, str]]:
    header = one.header
    yield "period" if header.interval_end else "runtime", _moments(one)
    if header.env:
        yield "env", header.env
    if header.params:
        yield "params", "  ".join(f"{name}={value}" for name, value in header.params.items())
    yield "began", f"{one.began:%Y-%m-%d %H:%M:%S} UTC"
    if header.resumes:
        yield "resumes", f"run {header.resumes}"
    yield "jobs", counted(one)


def _job_lines(job: JobPast, folder: str, width: int) -> Iterator[str]:
    if not job.tries:
        why = f"not run: {job.why}" if job.state == "upstream_failed" and job.why else job.why
        yield f"  {_MARKS.get(job.state, '--'):<4}  {job.id:<{width}}  {why or job.state.replace('_', ' ')}"
    for attempt in job.tries:
        state = "" if attempt.state in ("success", "failed") else f"  {attempt.state}"
        number = f"  attempt {attempt.number}" if len(job.tries) > 1 else ""
        log = log_file(folder, job.id, attempt.number)
        head = f"  {_MARKS.get(attempt.state, '--'):<4}  {job.id:<{width}}{number}  {duration(attempt.seconds)}{state}"
        yield f"{head}  {log}".rstrip()
        if attempt.reason:
            yield f"        {attempt.reason}   {attempt.where}".rstrip()


def _as_json(one: Past) -> dict[str, object]:
    header = one.header
    return {
        "run_id": header.run_id,
        "workflow_id": header.workflow_id,
        "runtime": header.runtime,
        "interval_end": header.interval_end,
        "env": header.env,
        "params": dict(header.params),
        "state": one.state,
        "jobs": {job.id: job.state for job in one.jobs},
        "resumes": header.resumes,
        "began": one.began.isoformat(),
        "seconds": round(one.seconds, 4),
    }


def _attempts_as_json(one: Past, folder: str, console: Console) -> Iterator[dict[str, object]]:
    for job in one.jobs:
        for attempt in job.tries:
            yield {
                "job_id": job.id,
                "attempt": attempt.number,
                "state": attempt.state,
                "began": _began(one, attempt),
                "seconds": round(attempt.seconds, 4),
                "reason": console.place(attempt.reason),
                "where": console.place(attempt.where),
                "log": console.place(log_file(folder, job.id, attempt.number)),
            }


def _began(one: Past, attempt: Try) -> str | None:
    if attempt.began is None:
        return None
    return datetime.isoformat((one.began + timedelta(seconds=attempt.began)).astimezone(UTC), timespec="milliseconds")


def _print_log(one: Past, folder: str, job_id: str, console: Console) -> int:
    """Byte by byte as it was written, however long it is."""
    from shutil import copyfileobj

    ids = [job.id for job in one.jobs]
    if job_id not in ids:
        meant = nearest(job_id, ids)
        raise UsageError(
            f"run {one.header.run_id} has no job {job_id!r}" + (f"; did you mean {meant!r}?" if meant else ""),
            hint=f"bigflow runs show {one.header.run_id}   lists its jobs",
        )
    path = last_log(folder, one, job_id)
    if not path:
        console.note(f"run {one.header.run_id} has no log of {job_id}: it wrote nothing, or newer logs took its place")
        return ExitCode.OK
    with open(path, "rb") as log:
        copyfileobj(log, sys.stdout.buffer)
    return ExitCode.OK
