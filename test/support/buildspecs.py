"""Turns the text of a buildspec into what a run of it did: what was written, what is left, what was told."""

import os
import re
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from support.cli import write_files

from bigflow.builder.buildspec.order import Surroundings
from bigflow.builder.buildspec.session import Wanted, build_buildspec, read_buildspec
from bigflow.builder.events import BuildEvent, StepOutput
from bigflow.builder.report import BuildReport
from bigflow.builder.session import Ask, Place
from bigflow.builder.step import Interpreter

_OURS = re.compile(r"^\[Container\] \d{4}/\d\d/\d\d \d\d:\d\d:\d\d ")


@dataclass
class Ran:
    """What came of a run."""

    report: BuildReport
    root: Path
    log: str = ""
    events: list[BuildEvent] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)

    @property
    def code(self) -> int:
        return self.report.exit_code

    @property
    def said(self) -> list[str]:
        """The lines that commands wrote."""
        log = self.log
        for command in self.commands:
            log = log.replace(f"Running command {command.rstrip()}\n", "Running command\n")
        lines = (line for line in log.split("\n") if not _OURS.match(line))
        return [line for line in lines if line and line not in self.errors]

    @property
    def told(self) -> list[str]:
        """The lines of the log that are ours, without their times."""
        return [_OURS.sub("", line) for line in self.log.splitlines() if _OURS.match(line)]

    @property
    def states(self) -> dict[str, str]:
        return {step.name: step.state for step in self.report.steps}

    @property
    def warnings(self) -> list[str]:
        return [warning.message for step in self.report.steps for warning in step.warnings]

    @property
    def errors(self) -> list[str]:
        return [finding.message for step in self.report.steps for finding in step.findings]

    @property
    def archives(self) -> dict[str, list[str]]:
        """The names of the files in each archive that is left."""
        folder = self.root / "build" / "artifacts"
        found = {}
        for path in sorted(folder.rglob("*.zip")):
            with zipfile.ZipFile(path) as archive:
                found[str(path.relative_to(folder))] = sorted(archive.namelist())
        return found


@dataclass
class Ground:
    """A folder with sources, and a machine around it."""

    root: Path
    cache: Path
    environment: Mapping[str, str] = field(default_factory=lambda: {"PATH": os.environ["PATH"]})
    local: Mapping[str, str] = field(default_factory=dict)

    def run(self, text: str, files: Mapping[str, str] | None = None, **wanted: object) -> Ran:
        """Run a buildspec here."""
        write_files(self.root, {"buildspec.yml": text, **(files or {})})
        events: list[BuildEvent] = []
        place = Place(str(self.root), Interpreter(sys.executable, "3", own=False), str(self.cache), 1_700_000_000)
        what = Wanted(str(self.root / "buildspec.yml"), **wanted)  # type: ignore[arg-type]
        around = Surroundings({"HOME": "/nonexistent", **self.environment}, self.local, ".env.local")
        report = build_buildspec(place, what, around, Ask("build", "build --buildspec", parallel=1), events.append)
        log = "".join(event.text for event in events if isinstance(event, StepOutput))
        spec, _ = read_buildspec(str(self.root), what)
        commands = [command.text for phase in spec.phases for command in (*phase.commands, *phase.closing)]
        return Ran(report, self.root, log, events, commands)
