"""Turns a command with `--variant all` into the same command for each variant, side by side."""

import argparse
import json
import os
import sys
from threading import Lock, Thread

from bigflow import _ambient
from bigflow._process import Launch, watch
from bigflow.cli.console import Console
from bigflow.cli.here import outside_of_a_project, project_root
from bigflow.cli.run_lines import duration
from bigflow.errors import ExitCode, UsageError
from bigflow.project.layout import ALL_VARIANTS
from bigflow.project.variants import read_variants

_QUIET = ("sh", "-c", 'exec "$@" 2>/dev/null', "sh")  # with --json, all that counts is on standard output


def each_variant(arguments: argparse.Namespace, console: Console) -> int:
    """Each in a process of its own; the exit code is that of the first one, in their order, that failed."""
    root = project_root(arguments)
    if root is None:
        raise outside_of_a_project(arguments)
    names = [variant.name for variant in read_variants(root)]
    if not names:
        raise UsageError(
            "the project has no variants",
            where=root,
            hint="write pyproject.NAME.toml, or [tool.bigflow.variants.NAME] with what differs",
        )
    command = (*(_QUIET if console.json else ()), sys.executable, "-m", "bigflow")
    processes = [_OfOne(name, (*command, *_words(sys.argv[1:], name)), console) for name in names]
    _side_by_side(processes)
    for one in processes:
        if not console.json:
            state = "succeeded" if one.code == ExitCode.OK else f"failed with code {one.code}"
            console.say(f"{one.name}: {state} in {duration(one.seconds)}")
    return next((one.code for one in processes if one.code != ExitCode.OK), ExitCode.OK)


class _OfOne:
    """The command for one variant, on its way."""

    one_at_a_time = Lock()

    def __init__(self, name: str, command: tuple[str, ...], console: Console) -> None:
        self.name = name
        self.code: int = ExitCode.INTERNAL  # unless it comes to its end
        self.seconds = 0.0
        self.stopping = False
        self._command = command
        self._console = console
        self._unfinished = b""

    def run(self) -> None:
        began = _ambient.stopwatch()
        ended = watch(Launch(self._command, os.getcwd()), self._take, lambda: self.stopping)
        self._take(b"\n" if self._unfinished else b"")
        self.code = ended.completed.returncode
        self.seconds = _ambient.stopwatch() - began

    def _take(self, output: bytes) -> None:
        """Whole lines, each with the variant's name."""
        *lines, self._unfinished = (self._unfinished + output).split(b"\n")
        for line in lines:
            text = line.decode("utf-8", "replace")
            with self.one_at_a_time:
                if self._console.json and text:
                    self._console.data_json({"variant": self.name, **json.loads(text)})
                elif not self._console.json:
                    self._console.say(f"{self._console.paint(f'{self.name} |', 'dim')} {text}".rstrip())


def _side_by_side(processes: list[_OfOne]) -> None:
    """An interruption ends them all."""
    threads = [Thread(target=one.run, name=f"variant {one.name}") for one in processes]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    except KeyboardInterrupt:
        for one in processes:
            one.stopping = True
        for thread in threads:
            thread.join()
        raise


def _words(typed: list[str], name: str) -> list[str]:
    """What was typed, with one variant in the place of all."""
    words = list(typed)
    for at, word in enumerate(words):
        if word == f"--variant={ALL_VARIANTS}":
            words[at] = f"--variant={name}"
        elif word == ALL_VARIANTS and words[at - 1] == "--variant":
            words[at] = name
    return words
