"""Turns the surroundings of a build into the listener that tells it: lines, a live display, or JSON."""

from bigflow.builder.events import (
    BuildEnded,
    BuildEvent,
    BuildListener,
    BuildStarted,
    BuildTick,
    PhaseEnded,
    StepEnded,
    StepOutput,
)
from bigflow.cli.build_json import build_as_json, phase_as_json, step_as_json, told, valid
from bigflow.cli.build_lines import BuildLines, Wording
from bigflow.cli.console import Console
from bigflow.cli.region import can_redraw
from bigflow.cli.run_view import event_name


def listener(console: Console, then: str = "") -> BuildListener:
    """What the builder tells its events to; `then` is the command that a human at a terminal may want next."""
    if console.json:
        return lambda event: _tell_as_json(event, console)
    if console.verbose or not can_redraw():
        return _as_lines(console)
    from bigflow.cli.build_live import live  # late: CI never needs it

    return live(console, then)


def _as_lines(console: Console) -> BuildListener:
    lines = BuildLines(console, Wording(brief=False, output=console.verbose))

    def tell(event: BuildEvent) -> None:
        if said := lines.of(event):
            console.say("\n".join(said))

    return tell


def _tell_as_json(event: BuildEvent, console: Console) -> None:
    if isinstance(event, BuildTick):
        return  # nothing happened
    fields = {"text": valid(event.text)} if isinstance(event, StepOutput) else {}  # quoted as it is
    console.data_json({"event": event_name(type(event)), **_told(event, console), **fields})


def _told(event: BuildEvent, console: Console) -> dict[str, object]:
    fields = told(_fields(event), console)
    assert isinstance(fields, dict)
    return fields


def _fields(event: BuildEvent) -> dict[str, object]:
    match event:
        case BuildStarted():
            phases = [{"phase": phase, "steps": steps} for phase, steps in event.phases]
            return {**event._asdict(), "phases": phases}
        case StepEnded():
            return {"phase": event.phase, **step_as_json(event.report, event.log)}
        case PhaseEnded():
            return phase_as_json(event.report)
        case BuildEnded():
            return {**build_as_json(event.report), "folder": event.folder}
    return event._asdict()
