"""Turns the builds that are kept here into a list, one of them into its steps, or two into what differs."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from shutil import copyfileobj

from bigflow.builder.history.difference import difference
from bigflow.builder.history.kept import BUILDS, Lost, folder_of, history, recorded
from bigflow.builder.report import BuildReport, PhaseReport, StepReport
from bigflow.cli.build_json import build_as_json, details_as_json, difference_as_json, log_of, lost_as_json, told, valid
from bigflow.cli.build_lines import failed_steps, why
from bigflow.cli.console import Console
from bigflow.cli.difference_lines import difference_lines, short_commit
from bigflow.cli.here import built_root, outside_of_a_project
from bigflow.cli.options import add_json
from bigflow.drawing.durations import duration
from bigflow.errors import ExitCode, Finding, UsageError, nearest

_HEADS = ("build", "state", "version", "commit", "took", "steps", "began (UTC)")
_MARKS = {"succeeded": "ok", "unchanged": "same", "failed": "FAIL", "interrupted": "STOP", "running": ".."}
_WORDS = {"show": 1, "diff": 2, None: 0}  # builds that each action takes


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.usage = "bigflow builds [show ID | diff A B] [options]"
    parser.add_argument("action", nargs="?", choices=["show", "diff"], help="tell all of one build, or compare two")
    parser.add_argument("builds", nargs="*", metavar="ID", help="the builds: their numbers, or `last`")
    parser.add_argument("-n", "--number", metavar="N", type=int, help="list so many builds, the newest (default: 20)")
    parser.add_argument("--log", metavar="STEP", help="print what this step wrote")
    add_json(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    _check(arguments)
    root = _root(arguments)
    if root is None:
        raise outside_of_a_project(arguments)
    console.root = root
    if not arguments.action:
        return _list(root, arguments.number or 20, console)
    build, *another = [recorded(root, wish) for wish in arguments.builds]
    if another:
        return _compare(build, another[0], console)
    if arguments.log:
        return _print_log(build, root, arguments.log, console)
    if console.json:
        console.data_json(told(details_as_json(build, folder_of(root, build.id)), console))
    else:
        _show(build, folder_of(root, build.id), console)
    return ExitCode.OK


def _root(arguments: argparse.Namespace) -> str | None:
    """The nearest folder in which something was built: where a buildspec was run need not be a project of ours."""
    project = built_root(arguments)
    folder = os.path.abspath(arguments.project_dir or os.curdir)
    while folder != project:
        if os.path.isdir(os.path.join(folder, BUILDS)):
            return folder
        folder, below = os.path.dirname(folder), folder
        if folder == below:
            break
    return project


def _check(arguments: argparse.Namespace) -> None:
    if len(arguments.builds) < _WORDS[arguments.action]:
        example = {"show": "bigflow builds show last", "diff": "bigflow builds diff 1 last"}[arguments.action]
        raise UsageError("which build?", hint=f"{example}   (bigflow builds lists them)")
    if len(arguments.builds) > _WORDS[arguments.action]:
        extra = arguments.builds[_WORDS[arguments.action]]
        raise UsageError(f"{extra!r} is one word too many", hint="bigflow builds --help")
    if arguments.log and arguments.action != "show":
        raise UsageError("--log is about one build", hint="bigflow builds show last --log STEP")
    if arguments.number is not None and arguments.number < 1:
        raise UsageError(f"--number cannot be {arguments.number}", hint="--number 20 lists the newest 20")


def _list(root: str, most: int, console: Console) -> int:
    found = list(islice(history(root), most))
    if console.json:
        rows = [lost_as_json(one) if isinstance(one, Lost) else build_as_json(one) for one in found]
        console.data_json(told(rows, console))
    elif found:
        _tell_table([_HEADS, *map(_row, found)], console)
    else:
        console.note("nothing was built here yet; bigflow build is listed here")
    return ExitCode.OK


def _row(one: BuildReport | Lost) -> tuple[str, ...]:
    if isinstance(one, Lost):
        return (one.id, one.state, "-", "-", "-", one.why, "-")
    took = duration(one.seconds) if one.phases else "-"  # killed: nobody knows
    return (one.id, one.state, one.version, short_commit(one), took, _counted(one), _moment(one.began))


def _counted(build: BuildReport) -> str:
    """`3 done, 8 unchanged, tests failed`: of what nobody asked for nothing is said."""
    states = [str(step.state) for step in build.steps]
    words = (("succeeded", "done"), ("unchanged", "unchanged"), ("not needed", "not needed"), ("not run", "not run"))
    told = [f"{count} {word}" for state, word in words if (count := states.count(state))]
    return ", ".join([*told, *(f"{step} failed" for step in failed_steps(build))]) or "-"


def _moment(began: str) -> str:
    """`2026-11-19 22:00:00` of what is written as ISO 8601 in UTC."""
    return began.partition("+")[0].replace("T", " ")


def _tell_table(rows: Sequence[tuple[str, ...]], console: Console) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        console.data(_line(line, console))


def _line(line: str, console: Console) -> str:
    return valid(console.place(line)).rstrip()


def _show(build: BuildReport, folder: str, console: Console) -> None:
    took = f"  {duration(build.seconds)}" if build.phases else ""
    console.data(_line(f"build {build.id}  {build.project} {build.version}  {build.state}{took}", console))
    for name, value in _facts(build):
        console.data(_line(f"  {name:<10}{value}", console))
    width = max((len(step.name) for step in build.steps), default=0)
    for phase in build.phases:
        for line in _phase_lines(phase, folder, width):
            console.data(_line(line, console))
    for artifact in build.artifacts:
        console.data(_line(f"  {artifact.kind:<8}  {artifact.size:>11,} bytes  {artifact.path}", console))
    for step in failed_steps(build):
        only = f"only that, again: bigflow build --only {step}"
        console.say(f"again: bigflow {build.command}" if "--buildspec" in build.command else only)


def _facts(build: BuildReport) -> Iterator[tuple[str, str]]:
    yield "command", f"bigflow {build.command}"
    if build.commit:
        yield "commit", build.commit
    yield "python", build.python
    yield "began", f"{_moment(build.began)} UTC"
    if build.phases:
        yield "inputs", f"{len(build.inputs)} files, {len(build.packages)} packages"
        yield "own time", f"{build.own_cpu_seconds:.2f} s of CPU"


def _phase_lines(phase: PhaseReport, folder: str, width: int) -> Iterator[str]:
    took = "" if phase.state == "not run" else f"  {duration(phase.seconds)}"
    yield f"{phase.name.upper()}  {phase.state}{took}"
    for step in phase.steps:
        mark = _MARKS.get(step.state, "--")
        yield f"  {mark:<4}  {step.name:<{width}}  {_what(step)}  {log_of(step, folder)}"
        for finding in (*step.findings, *step.warnings):
            yield from _finding_lines(finding)


def _what(step: StepReport) -> str:
    """How long it took and what came of it; or why it had nothing to do."""
    if step.state in ("succeeded", "failed"):
        return f"{duration(step.seconds)}  {step.summary}".rstrip()
    if step.state in ("interrupted", "running"):
        return step.state
    return "  ".join(filter(None, (why(step), step.summary)))


def _finding_lines(finding: Finding) -> Iterator[str]:
    for place, line in enumerate(finding.message.splitlines() or [""]):
        yield f"        {line}   {finding.where}" if place == 0 and finding.where else f"        {line}"
    if finding.hint:
        yield f"        hint: {finding.hint}"


def _compare(before: BuildReport, after: BuildReport, console: Console) -> int:
    found = difference(before, after)
    if console.json:
        console.data_json(told(difference_as_json(found), console))
    else:
        for line in difference_lines(found):
            console.data(_line(line, console))
    return ExitCode.OK


def _print_log(build: BuildReport, root: str, wish: str, console: Console) -> int:
    """Byte by byte as it was written, however long it is."""
    step = next((step for step in build.steps if step.name == wish), None)
    if step is None:
        meant = nearest(wish, [step.name for step in build.steps])
        message = f"build {build.id} has no step {wish!r}" + (f"; did you mean {meant!r}?" if meant else "")
        raise UsageError(message, hint=f"bigflow builds show {build.id}   lists its steps")
    try:
        with open(log_of(step, folder_of(root, build.id)), "rb") as log:
            copyfileobj(log, sys.stdout.buffer)
    except FileNotFoundError:
        told = why(step) if step.state not in ("succeeded", "failed") else "it wrote nothing"
        console.note(f"build {build.id} has no log of {step.name}: {told}")
    return ExitCode.OK
