"""Turns a project into the phases of its build and their steps: those that every project has, and its own."""

from collections.abc import Mapping
from importlib import import_module

from bigflow.builder.default import PHASES
from bigflow.builder.selection import Phase
from bigflow.builder.shell_step import CommandStep
from bigflow.builder.step import Project, Step
from bigflow.errors import Finding, InvalidProject


def project_steps(project: Project) -> tuple[tuple[Phase, ...], Mapping[str, Step]]:
    """The phases, with the steps that the project adds, and the steps by their names."""
    own = {said.name: said for said in project.settings.steps}
    phases = []
    for phase in PHASES:
        theirs = tuple(said.name for said in own.values() if said.phase == phase.name)
        phases.append(Phase(phase.name, (*phase.steps, *theirs), phase.closing))
    standard = [step for phase in phases for step in phase.all if step not in own]
    twice = [name for name in own if any(name in phase.all for phase in PHASES)]
    if twice:
        raise InvalidProject(
            Finding(
                f"build.steps has a step {name!r}, and so has every build",
                project.spec.where("build"),
                "give yours another name, or set `lint`, `types` or `tests` in [tool.bigflow.build]",
            )
            for name in twice
        )
    steps: dict[str, Step] = {name: _standard(name) for name in standard}
    return tuple(phases), {**steps, **{name: CommandStep(said) for name, said in own.items()}}


def _standard(name: str) -> Step:
    step: Step = import_module(f"bigflow.builder.steps.{name}")
    return step
