"""Turns the words of `build --buildspec` into a run of that buildspec, and it into an exit code."""

import argparse
import os
import re
from collections.abc import Callable

from bigflow import _ambient
from bigflow.builder.buildspec.order import Bucket, Surroundings
from bigflow.builder.buildspec.session import Wanted, build_buildspec
from bigflow.builder.events import BuildEnded, BuildEvent, BuildListener, StepOutput, Waiting
from bigflow.builder.report import BuildReport
from bigflow.builder.session import Ask
from bigflow.builder.step import Wishes
from bigflow.cli.build_lines import failed_steps
from bigflow.cli.build_options import place
from bigflow.cli.build_view import listener
from bigflow.cli.console import Console
from bigflow.cli.here import project_root
from bigflow.cli.run_lines import duration
from bigflow.cli.whole_build import interrupt_on_term
from bigflow.errors import ExitCode, UsageError

_BUCKET = re.compile(r"s3://(?P<name>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>.*))?", re.DOTALL)
_ALONE = ("in_place", "artifacts", "batch_entry")
_NOT_TOGETHER = (
    *("only", "skip", "since", "upgrade", "upgrade_package", "offline", "parallel"),
    *("workflow", "start_time", "airflow", "image_base", "export_image_tar", "target", "clean"),
    *("build_arg", "build_secret", "cache_from_image", "cache_from_version"),
)


def build_buildspec_here(arguments: argparse.Namespace, console: Console) -> int:
    """The whole of it. The sources are --project-dir, or the project around, or the current folder."""
    _refuse_together(arguments)
    root = _root(arguments)
    wanted = Wanted(
        file=os.path.abspath(arguments.buildspec),
        in_place=arguments.in_place,
        bucket=_bucket(arguments.artifacts),
        batch_entry=arguments.batch_entry,
        use_cache=not arguments.no_cache,
    )
    console.root = root
    os.chdir(root)
    name = arguments.config or "local"
    around = Surroundings(_ambient.environment(), _ambient.local_variables(name), f".env.{name}")
    ask = Ask("build", _typed(arguments), Wishes(env=arguments.config), parallel=1)
    terminated = interrupt_on_term()
    report = build_buildspec(place(root, arguments), wanted, around, ask, _listener(console))
    return ExitCode.TERMINATED if terminated else report.exit_code


def refuse_alone(arguments: argparse.Namespace) -> None:
    """Options that say something of a buildspec, where there is none."""
    for name in _ALONE:
        if getattr(arguments, name):
            raise UsageError(
                f"--{name.replace('_', '-')} is about a buildspec", hint="bigflow build --buildspec buildspec.yml"
            )


def _refuse_together(arguments: argparse.Namespace) -> None:
    for name in _NOT_TOGETHER:
        if getattr(arguments, name):
            option = "from" if name == "since" else name.replace("_", "-")
            raise UsageError(
                f"--{option} does not go together with --buildspec",
                hint="a buildspec is run as a whole; bigflow build --help",
            )


def _root(arguments: argparse.Namespace) -> str:
    """A folder that was named is taken as it is; a project is found from within, as by all commands."""
    if arguments.project_dir is not None and not os.path.isdir(arguments.project_dir):
        raise UsageError(
            f"there is no folder {arguments.project_dir}", hint="--project-dir takes a folder with sources"
        )
    return os.path.abspath(arguments.project_dir or project_root(arguments) or os.curdir)


def _bucket(said: str | None) -> Bucket | None:
    if said is None:
        return None
    found = _BUCKET.fullmatch(said)
    if found is None:
        raise UsageError(f"--artifacts cannot be {said!r}", hint="--artifacts s3://bucket/prefix")
    return Bucket(found["name"], found["prefix"] or "")


def _typed(arguments: argparse.Namespace) -> str:
    words = ["build", "--buildspec", os.path.relpath(arguments.buildspec)]
    words += ["--in-place"] if arguments.in_place else []
    words += ["--artifacts", arguments.artifacts] if arguments.artifacts else []
    words += ["--batch-entry", arguments.batch_entry] if arguments.batch_entry else []
    words += ["--no-cache"] if arguments.no_cache else []
    return " ".join([*words, *(["-c", arguments.config] if arguments.config else [])])


def _listener(console: Console) -> BuildListener:
    """A log like CodeBuild's, as it comes; then what one has to know of it."""
    if console.json:
        return listener(console)
    return BuildspecLines(console.raw, console.say).tell


class BuildspecLines:
    """What commands write is handed on as it is."""

    def __init__(self, raw: Callable[[str], None], say: Callable[[str], None]) -> None:
        self._raw = raw
        self._say = say

    def tell(self, event: BuildEvent) -> None:
        match event:
            case Waiting():
                self._say(f"waiting for {event.holder or 'another build'}, which is at work in this project")
            case StepOutput():
                self._raw(event.text)
            case BuildEnded():
                for line in _ending(event.report):
                    self._say(line)


def _ending(build: BuildReport) -> list[str]:
    lines = [f"warning: {one.where}: {one.message}" for step in build.steps for one in step.warnings]
    lines += [f"artifact: {artifact.path}" for artifact in build.artifacts]
    told = f"build {build.id} of {build.project} {build.state} in {duration(build.seconds)}"
    failed = ", ".join(step.upper() for step in failed_steps(build))
    lines.append(f"{told}{f': {failed}' if failed else ''}   bigflow builds show {build.id}")
    for step in build.steps:
        for finding in step.findings:
            lines.append(f"error: {finding.message}")
            lines += [f"  at: {finding.where}"] if finding.where else []
            lines += [f"  hint: {finding.hint}"] if finding.hint else []
    return lines
