"""Turns the surroundings of a run into the listener that tells it: lines, a live display, or JSON, one event a line."""

import re

from bigflow._events import Event, Listener, Tick
from bigflow.cli.console import Console
from bigflow.cli.run_lines import RunLines, Wording

NOT_TOLD = (Tick,)  # as JSON: nothing happened


def listener(console: Console, *, alone: bool, retries_off: bool = False, several: bool = False) -> Listener:
    """What the runner tells its events to.

    `alone`: one job runs in this very process. `retries_off`: we decided so, not the user. `several`: runs are coming.
    """
    if console.json:
        return _as_json(console)
    wording = Wording(alone, retries_off, several)
    if not alone and not console.verbose:
        from bigflow.cli.region import can_redraw  # late: pods never need it

        if can_redraw():
            from bigflow.cli.live_view import live  # late: pipes never need it

            return live(console, wording)
    return _as_lines(console, RunLines(console, wording))


def event_name(event: type[tuple[object, ...]]) -> str:
    """`job_started` for JobStarted."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", event.__name__).lower()


def _as_lines(console: Console, lines: RunLines) -> Listener:
    def tell(event: Event) -> None:
        if told := lines.of(event):
            console.say("\n".join(told))

    return tell


def _as_json(console: Console) -> Listener:
    def tell(event: Event) -> None:
        if not isinstance(event, NOT_TOLD):
            fields = {name: _told(console, name, value) for name, value in event._asdict().items()}
            console.data_json({"event": event_name(type(event)), **fields})

    return tell


def _told(console: Console, name: str, value: object) -> object:
    """Places relative to the project, except in what is quoted; file names that are not UTF-8 still as valid JSON."""
    if not isinstance(value, str):
        return value
    text = value if name in ("text", "traceback") else console.place(value)
    return text.encode("utf-8", "backslashreplace").decode()
