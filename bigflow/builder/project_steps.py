"""Turns a project into the phases of its build and their steps: those that all of its kind have, and its own."""

from collections.abc import Iterable, Mapping
from importlib import import_module

from bigflow.builder.default import NODE_PHASES, phases_of
from bigflow.builder.selection import Phase
from bigflow.builder.shell_step import CommandStep
from bigflow.builder.step import Project, Step
from bigflow.errors import Finding, InvalidProject

_ROOM = "bigflow.builder.steps"
_ROOM_OF_NODE = "bigflow.builder.node.steps"


def project_steps(project: Project) -> tuple[tuple[Phase, ...], Mapping[str, Step]]:
    """The phases, with the steps that the project adds, and the steps by their names."""
    phases = _with_own(phases_of(project.spec), project)
    return phases, _steps(project, phases, (_ROOM,))


def node_steps(project: Project) -> tuple[tuple[Phase, ...], Mapping[str, Step]]:
    """The same of a Node project: what is not special there is done as everywhere."""
    phases = _with_own(NODE_PHASES, project)
    return phases, _steps(project, phases, (_ROOM_OF_NODE, _ROOM))


def _with_own(phases: Iterable[Phase], project: Project) -> tuple[Phase, ...]:
    own = project.settings.steps
    phases = tuple(phases)
    known = {step for phase in phases for step in phase.all}
    twice = [said.name for said in own if said.name in known]
    if twice:
        raise InvalidProject(
            Finding(
                f"build.steps has a step {name!r}, and so has every build",
                project.spec.where("build"),
                f"give yours another name, or set `lint`, `types` or `tests` in {project.settings.table}",
            )
            for name in twice
        )
    return tuple(
        phase._replace(steps=(*phase.steps, *(said.name for said in own if said.phase == phase.name)))
        for phase in phases
    )


def _steps(project: Project, phases: Iterable[Phase], rooms: tuple[str, ...]) -> Mapping[str, Step]:
    """Each step by its name: the project's own, or the module of this name in the first of the rooms that has it."""
    own = {said.name: said for said in project.settings.steps}
    names = [step for phase in phases for step in phase.all]
    return {name: CommandStep(own[name]) if name in own else _standard(name, rooms) for name in names}


def _standard(name: str, rooms: tuple[str, ...]) -> Step:
    room = next((room for room in rooms[:-1] if _has(room, name)), rooms[-1])
    step: Step = import_module(f"{room}.{name}")
    return step


def _has(room: str, name: str) -> bool:
    from importlib.util import find_spec  # late: most projects have one room of steps

    return find_spec(f"{room}.{name}") is not None
