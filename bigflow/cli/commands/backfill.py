"""Turns `bigflow backfill` into a run of a workflow for every period of a range that has none yet."""

import argparse
from collections.abc import Iterable, Sequence
from datetime import datetime

from bigflow import _ambient
from bigflow.cli.console import Console
from bigflow.cli.here import Here, enter
from bigflow.cli.job_logging import log_with
from bigflow.cli.options import add_environment, add_json, add_variant
from bigflow.cli.run_choices import add_isolation, environment, params
from bigflow.cli.run_view import listener
from bigflow.cli.whole_run import exit_code, retries, tell_of_age, tell_of_threads, way
from bigflow.drawing.durations import duration
from bigflow.errors import ExitCode, UsageError
from bigflow.project.discovery import find_workflow
from bigflow.runner.backfill import Backfill, Range, Rerun, Result, Series, Step, called, decide, forecast, span
from bigflow.runner.local import RUNS, Way
from bigflow.runner.store import Store
from bigflow.workflow.context import InvalidRuntime, as_moment
from bigflow.workflow.edition import settled

NAMED = 4  # periods in one line; of more, the first and the last
FAILURES = 10  # with a line of their own at the end


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.usage = "bigflow backfill -w W --start WHEN --end WHEN [options]"
    parser.add_argument("-w", "--workflow", metavar="W", help="the workflow to run")
    parser.add_argument("--start", metavar="WHEN", help="the first period begins then, or later: 2026-11-19")
    parser.add_argument("--end", metavar="WHEN", help="the last period begins then, or earlier; a date is its midnight")
    add_environment(parser)
    parser.add_argument("-p", "--param", metavar="KEY=VALUE", action="append", default=[], help="a param; repeatable")
    parser.add_argument(
        "--parallel-runs", metavar="N", type=int, help="periods at a time (default: the workflow's max_active_runs)"
    )
    parser.add_argument("--parallel", metavar="N", type=int, help="jobs at a time (default: the number of cores)")
    add_isolation(parser)
    parser.add_argument(
        "--rerun", choices=["failed", "all"], help="go on with failed periods too, or run all anew (default: neither)"
    )
    again = parser.add_mutually_exclusive_group()
    again.add_argument("--retries", action="store_true", default=None, help="as declared, also at a terminal")
    again.add_argument("--no-retries", action="store_false", dest="retries", help="one attempt a job, everywhere")
    parser.add_argument("--fail-fast", action="store_true", help="the first failure ends its run, and no other begins")
    parser.add_argument("--plan", action="store_true", help="tell what would be done and why, and run nothing")
    parser.add_argument(
        "--project-package", metavar="PKG", help="the package with the workflows (default: the project's)"
    )
    add_variant(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    for option in ("workflow", "start", "end"):
        if not getattr(arguments, option):
            raise UsageError(
                f"a backfill needs --{option}", hint="bigflow backfill -w W --start 2026-11-01 --end 2026-11-19"
            )
    here = enter(arguments, console)
    env = environment(arguments, here)
    workflow = find_workflow(here.package, arguments.workflow)
    series = Series(
        workflow,
        env,
        params(workflow, arguments.param),
        settled(workflow, here.edition).depends_on_past,
        retries(arguments),
        here.package,
    )
    start, end = (_moment(arguments, option) for option in ("start", "end"))
    wanted = span(workflow, here.edition, start, end, _ambient.now())
    store = Store(RUNS)
    rerun: Rerun = arguments.rerun or "nothing"
    if arguments.plan:
        return _tell_plan(decide(series, wanted.moments, store.newest(), rerun), console)
    wish = way(arguments)._replace(abreast=_abreast(arguments, series, here))
    with store.locked_for_backfill(workflow.workflow_id):  # before it is decided: what is recorded must not change
        steps = decide(series, wanted.moments, store.newest(), rerun)
        _tell_beginning(series, wanted, steps, console)
        backfill = Backfill(series, steps, stops=series.in_order or arguments.fail_fast)
        return _carry_out(arguments, backfill, wish, _Progress(steps, wish.abreast, console))


def _moment(arguments: argparse.Namespace, option: str) -> datetime:
    text = getattr(arguments, option)
    try:
        return as_moment(text)
    except InvalidRuntime as error:
        raise UsageError(f"--{option} {text!r} is not a moment in time", hint=error.hint) from None


def _abreast(arguments: argparse.Namespace, series: Series, here: Here) -> int:
    wish: int | None = arguments.parallel_runs
    if wish is not None and wish < 1:
        raise UsageError(f"--parallel-runs cannot be {wish}", hint="--parallel-runs 1 runs one period at a time")
    if series.in_order and wish is not None and wish > 1:
        raise UsageError(
            f"{series.workflow.workflow_id} depends on its past: its periods run one after the other",
            where=series.workflow.defined_at,
            hint="leave out --parallel-runs; --parallel is about the jobs of one period",
        )
    return 1 if series.in_order else wish or max(1, settled(series.workflow, here.edition).max_active_runs)


class _Progress:
    """How far it is, told after each run."""

    def __init__(self, steps: Sequence[Step], abreast: int, console: Console) -> None:
        self.console = console
        self._abreast = abreast
        self._total = sum(step.executes for step in steps)
        self._seconds: list[float] = []

    def tell(self, result: Result) -> None:
        if result.report is None or result.ending == "interrupted":
            return
        self._seconds.append(result.report.seconds)
        done, left = len(self._seconds), self._total - len(self._seconds)
        soon = forecast(self._seconds, left, self._abreast)
        if self.console.json:
            told = {"runtime": result.step.moment.runtime, "run_id": result.report.run_id, "ending": result.ending}
            so_far = {"done": done, "total": self._total, "seconds_left": round(soon, 1)}
            self.console.data_json({"event": "period_ended", **told, **so_far})
        elif left:
            self.console.say(f"  {done} of {self._total} periods done, about {duration(soon)} left")


def _carry_out(arguments: argparse.Namespace, backfill: Backfill, wish: Way, progress: _Progress) -> int:
    console = progress.console
    log_with(arguments.workflow)
    began = _ambient.stopwatch()
    asked = retries(arguments)
    tell = listener(console, alone=False, retries_off=not asked and arguments.retries is None, several=True)
    apart = wish.abreast > 1  # the lines of several runs would be a riddle if they came as they come
    tell_of_threads(wish, console)
    tell_of_age(wish, console)
    try:
        for result in backfill.run(Store(RUNS), wish, tell, apart):
            progress.tell(result)
    except BrokenPipeError:  # who read our events has left: what was not over has been ended
        return ExitCode.FAILED
    results = backfill.results()
    _tell_end(results, _ambient.stopwatch() - began, console)
    fine = all(result.ending in ("succeeded", "kept") for result in results)
    if not fine and not console.json:
        console.say(f"  to go on: {_next_command(arguments, results)}")
    if backfill.interrupted:
        return max(ExitCode.INTERRUPTED, *(exit_code(one.report) for one in results if one.report))
    return ExitCode.OK if fine else ExitCode.FAILED


def _tell_plan(steps: Iterable[Step], console: Console) -> int:
    if console.json:
        console.data_json([_as_data(step) for step in steps])
        return ExitCode.OK
    for step in steps:
        console.data(f"  {step.fate:<8}{called(step.moment.runtime)}   {step.why}")
    return ExitCode.OK


def _as_data(step: Step) -> dict[str, object]:
    return {
        "runtime": step.moment.runtime,
        "interval_end": step.moment.interval_end,
        "action": step.fate,
        "why": step.why,
        "resumes": step.last.header.run_id if step.last else None,
    }


def _tell_beginning(series: Series, wanted: Range, steps: Sequence[Step], console: Console) -> None:
    counts = {fate: sum(step.fate == fate for step in steps) for fate in ("run", "resume", "keep", "leave", "wait")}
    if console.json:
        told = {"workflow_id": series.workflow.workflow_id, "env": series.env, "periods": len(steps)}
        console.data_json({"event": "backfill_started", **told, **counts, "not_over": wanted.unfinished})
        return
    env = f"  env {series.env}" if series.env else ""
    console.say(f"{console.paint(series.workflow.workflow_id, 'bold')}  {_periods(steps)}{env}")
    kept = [step for step in steps if step.fate == "keep"]
    left = [step for step in steps if step.fate == "leave"]
    if kept:
        console.say(f"  kept: {_periods(kept)}, which succeeded (--rerun all runs them anew)")
    if left:
        console.say(f"  left alone: {_periods(left)}, which failed (--rerun failed goes on with them)")
    if wanted.unfinished:
        console.note(f"{_count(wanted.unfinished)} of the range {_are(wanted.unfinished)} not over yet")


def _tell_end(results: Sequence[Result], seconds: float, console: Console) -> None:
    endings = ("succeeded", "kept", "failed", "interrupted", "not run")
    by_ending = {ending: [result for result in results if result.ending == ending] for ending in endings}
    if console.json:
        told = {
            ending.replace(" ", "_"): [result.step.moment.runtime for result in found]
            for ending, found in by_ending.items()
        }
        console.data_json({"event": "backfill_ended", **told, "seconds": round(seconds, 3)})
        return
    counts = ", ".join(f"{len(found)} {ending}" for ending, found in by_ending.items() if found)
    console.say(f"{_count(len(results))}: {counts}, in {duration(seconds)}")
    for result in by_ending["failed"][:FAILURES]:
        console.say(f"  {console.paint('FAIL', 'red')}  {called(result.step.moment.runtime)}   {result.why}".rstrip())
    if (more := len(by_ending["failed"]) - FAILURES) > 0:
        console.say(f"  ...   and {more:,} more")
    reasons = dict.fromkeys(result.why for result in by_ending["not run"])
    for why in reasons:
        alike = [result.step for result in by_ending["not run"] if result.why == why]
        console.say(f"  --    not run: {_periods(alike)}: {why}")


def _periods(steps: Sequence[Step]) -> str:
    """`3 periods (2026-01-01 00:00, ...)`."""
    names = [called(step.moment.runtime) for step in steps]
    told = ", ".join(names) if len(names) <= NAMED else f"{names[0]} ... {names[-1]}"
    return f"{_count(len(names))} ({told})"


def _count(number: int) -> str:
    return f"{number:,} {'period' if number == 1 else 'periods'}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _next_command(arguments: argparse.Namespace, results: Sequence[Result]) -> str:
    """The same command, for what is left of it."""
    from shlex import join

    start, rerun = arguments.start, arguments.rerun
    if rerun == "all":  # those that it has run anew already are done with
        open_ones = (result for result in results if result.ending not in ("succeeded", "kept"))
        start = next(open_ones).step.moment.runtime
    elif any(result.ending == "failed" for result in results):
        rerun = "failed"
    options = {
        "-w": arguments.workflow,
        "--start": start,
        "--end": arguments.end,
        "-c": arguments.config,
        "--parallel-runs": arguments.parallel_runs,
        "--parallel": arguments.parallel,
        "--isolation": arguments.isolation if arguments.isolation != "process" else None,
        "--rerun": rerun,
        "--project-package": arguments.project_package,
        "--project-dir": arguments.project_dir,
    }
    words = [word for option, value in options.items() if value is not None for word in (option, str(value))]
    for option, several in (("--mount", arguments.mount), ("-p", arguments.param)):
        words += [word for value in several for word in (option, value)]
    words += [] if arguments.retries is None else ["--retries" if arguments.retries else "--no-retries"]
    return join(["bigflow", "backfill", *words, *(["--fail-fast"] if arguments.fail_fast else [])])
