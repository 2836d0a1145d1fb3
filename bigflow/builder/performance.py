"""Turns one step that has to be done into its outcome, with a folder, a log and programs of its own."""

import os
import shutil
from collections.abc import Callable, Mapping
from typing import IO, NamedTuple

from bigflow._ambient import stopwatch
from bigflow._files import unwritable
from bigflow._process import Completed, Launch, watch
from bigflow.artifacts.artifact import Made
from bigflow.artifacts.manifest import Manifest
from bigflow.builder.events import BuildListener, StepOutput
from bigflow.builder.step import Done, Project, Step, StepFailed, Wishes
from bigflow.builder.uv.scrub import scrubbed
from bigflow.errors import BigflowError


class Surroundings(NamedTuple):
    """What is the same for all steps of one build."""

    project: Project
    wishes: Wishes
    previous: Manifest | None
    tell: BuildListener
    stopped: Callable[[], bool]


class Outcome(NamedTuple):
    """What came of it: either is None."""

    done: Done | None
    error: BigflowError | None
    seconds: float
    cpu_seconds: float
    wrote: bool  # anything into its log


class Performance:
    """The `Work` that a step is given; it lives as long as the step is at work."""

    def __init__(
        self, name: str, surroundings: Surroundings, made: Made, before: Mapping[str, Done], places: tuple[str, str]
    ) -> None:
        self.name = name
        self._surroundings = surroundings
        self._made = made
        self._before = before
        self._folder, self._log_path = places
        self._log: IO[bytes] | None = None
        self._unfinished = b""
        self._cpu = 0.0

    def perform(self, step: Step) -> Outcome:
        """Do it. What is no BigflowError is a bug, and goes on."""
        began = stopwatch()
        done, error = None, None
        try:
            os.makedirs(self._folder)
            done = step.perform(self)
        except BigflowError as failure:
            error = failure
        except OSError as failure:
            error = unwritable(failure.filename or self._folder, failure)
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)
            if self._log is not None:
                self._log.close()
        return Outcome(done, error, round(stopwatch() - began, 3), round(self._cpu, 3), self._log is not None)

    @property
    def project(self) -> Project:
        return self._surroundings.project

    @property
    def wishes(self) -> Wishes:
        return self._surroundings.wishes

    @property
    def folder(self) -> str:
        return self._folder

    @property
    def made(self) -> Made:
        return self._made

    @property
    def before(self) -> Mapping[str, Done]:
        return self._before

    @property
    def previous(self) -> Manifest | None:
        return self._surroundings.previous

    def tell(self, line: str) -> None:
        self.wrote(f"{line.rstrip()}\n".encode("utf-8", "surrogateescape"))

    def tool(
        self, args: tuple[str, ...], *, cwd: str | None = None, env_add: Mapping[str, str | None] | None = None
    ) -> Completed:
        limit = self.project.settings.time_limit(self.name)
        launch = Launch(args, cwd or self.project.root, env_add, limit)
        watched = watch(launch, self.wrote, self._surroundings.stopped)
        self._cpu += watched.cpu_seconds
        if self._unfinished:
            self.wrote(b"\n")
        if watched.completed.timed_out:
            more = f"timeouts = {{ {self.name} = {int(limit * 2)} }}"
            raise StepFailed(
                f"{self.name} was stopped at its time limit of {limit:g} seconds",
                where=self._log_path,
                hint=f"{more} under {self.project.settings.table} gives it more",
            )
        return watched.completed

    def stopped(self) -> bool:
        return self._surroundings.stopped()

    def wrote(self, output: bytes) -> None:
        """Whole lines go on, without what nobody may see: programs show addresses with passwords in them."""
        lines, newline, rest = (self._unfinished + output).rpartition(b"\n")
        self._unfinished = rest
        if newline:
            self._hand_on(lines + newline)

    def _hand_on(self, lines: bytes) -> None:
        text = scrubbed(lines.decode("utf-8", "surrogateescape"))
        try:
            if self._log is None:
                os.makedirs(os.path.dirname(self._log_path), exist_ok=True)
                self._log = open(self._log_path, "wb", buffering=0)  # noqa: SIM115 - closed when the step has ended
            self._log.write(text.encode("utf-8", "surrogateescape"))
        except OSError as error:
            raise unwritable(self._log_path, error) from error
        self._surroundings.tell(
            StepOutput(self.name, text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
        )
