"""Turns a folder into a project that a build step can be tried on, and the step into what came of it."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

from bigflow.artifacts.artifact import Made
from bigflow.artifacts.manifest import PATH, read_manifest
from bigflow.builder.doctrine.settings import doctrine_settings
from bigflow.builder.events import BuildEvent, StepOutput
from bigflow.builder.performance import Performance, Surroundings
from bigflow.builder.settings import settings
from bigflow.builder.step import Declared, Done, Interpreter, NotNeeded, Project, Step, Wishes
from bigflow.project.spec import read_spec

COMMIT_TIME = 1_700_000_000


def project(root: Path, *, version: str = "1.2.0", python: str = sys.executable) -> Project:
    """The project whose files lie in `root`; its machine-wide cache is beside it."""
    spec = read_spec(str(root), execute=True)
    number = ".".join(str(part) for part in sys.version_info[:3])
    return Project(
        root=str(root),
        spec=spec,
        settings=settings(spec.build, spec.where("build")),
        version=version,
        commit="c0ffee" * 6 + "c0ff",
        commit_time=COMMIT_TIME,
        python=Interpreter(python, number, own=False),
        cache=str(root.parent / f"{root.name}-cache"),
        doctrine=doctrine_settings(spec.doctrine, spec.where("doctrine")),
    )


@dataclass
class Tried:
    """One performing of a step, as the pipeline would do it, without its records."""

    declared: Declared
    done: Done | None
    error: Exception | None
    log: str
    events: list[BuildEvent] = field(default_factory=list)


def perform(
    step: Step, project: Project, *, wishes: Wishes | None = None, before: dict[str, Done] | None = None
) -> Tried:
    """What comes of the step. A step that is not needed is an AssertionError: ask its `declare` for that."""
    wishes = wishes or Wishes()
    declared = step.declare(project, wishes)
    assert not isinstance(declared, NotNeeded), declared.reason
    root = Path(project.root)
    events: list[BuildEvent] = []
    surroundings = Surroundings(project, wishes, read_manifest(str(root / PATH)), events.append, lambda: False)
    log = root / ".bigflow" / "tried.log"
    places = (str(root / ".bigflow" / "work"), str(log))
    performance = Performance("tried", surroundings, Made(project.version, "0" * 64), before or {}, places)
    outcome = performance.perform(step)
    written = log.read_bytes().decode("utf-8", "replace") if outcome.wrote else ""
    told = "".join(event.text for event in events if isinstance(event, StepOutput))
    assert told == written, "the log and the display tell the same"
    return Tried(declared, outcome.done, outcome.error, written, events)
