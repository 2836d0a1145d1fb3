"""Turns what is known of a run into one HTML file that loads nothing, from this machine or any other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bigflow.drawing import page_look
from bigflow.drawing.durations import duration
from bigflow.drawing.frame import Badge, Frame, Log, Problem, folded, framed, pill, section, why
from bigflow.drawing.linked import linked
from bigflow.drawing.markup import plain
from bigflow.drawing.picture import Picture
from bigflow.drawing.timeline import Timeline, timeline_svg
from bigflow.drawing.words import one_line
from bigflow.errors import UsageError


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: an attempt, or a job that had none. Empty: the job above goes on."""

    id: str
    job: str
    attempt: str
    state: str
    began: float | None
    seconds: float | None
    reason: str = ""
    where: str = ""
    log: str = ""  # the id of an element


@dataclass(frozen=True, slots=True)
class Page:
    """All that the page shows, from above."""

    title: str
    subtitle: str
    state: str
    facts: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]
    command: str  # to go on with; empty if there is nothing to do
    graph: Picture | None
    links: Mapping[str, str]  # node -> the id of the element that tells more of it
    timeline: Timeline
    table: tuple[Line, ...]
    logs: tuple[Log, ...]


def page(shown: Page) -> str:
    """The text of the file; it is UTF-8 when it is written."""
    frame = Frame(
        shown.title,
        shown.subtitle,
        Badge(shown.state, shown.state),
        shown.facts,
        shown.problems,
        all_problems="attempts",
        command=shown.command,
    )
    parts = [
        *section("Graph", "graph", _graph(shown)),
        *section("Timeline", "timeline", _timeline(shown)),
        *section("Attempts", "attempts", _table(shown)),
        *section("Logs", "logs", map(folded, shown.logs)),
    ]
    return framed(frame, parts, page_look.SCRIPT)


def _graph(shown: Page) -> Iterator[str]:
    if shown.graph is None:
        return
    try:
        yield f'<div class="figure graph">{linked(shown.graph, shown.links)}</div>'
    except UsageError as too_large:
        yield f'<p class="note">{plain(too_large.message)}; the timeline below lists its jobs in their order.</p>'


def _timeline(shown: Page) -> Iterator[str]:
    if shown.timeline.rows:
        yield f'<div class="figure">{timeline_svg(shown.timeline)}</div>'


def _table(shown: Page) -> Iterator[str]:
    yield '<div class="tools" hidden><input type="search" id="filter" placeholder="filter: job, state, reason"'
    yield ' aria-label="Filter attempts and logs"> <button type="button" id="unfold">unfold all logs</button></div>'
    yield '<div class="figure"><table>'
    heads = ("job", "attempt", "state", "began", "took", "reason", "log")
    titles = "".join(f'<th scope="col" class="{head}">{head}</th>' for head in heads)
    yield f"<thead><tr>{titles}</tr></thead>"
    yield "<tbody>"
    yield from map(_line, shown.table)
    yield "</tbody></table></div>"


def _line(line: Line) -> str:
    began = "" if line.began is None else f"+{duration(line.began)}"
    took = "" if line.seconds is None else duration(line.seconds)
    log = f'<a href="#{plain(line.log)}" aria-label="log of {plain(one_line(line.job))}">log</a>' if line.log else ""
    cells = (
        ("job", plain(one_line(line.job))),
        ("attempt", plain(line.attempt)),
        ("state", pill(Badge(line.state, line.state))),
        ("began", began),
        ("took", took),
        ("reason", why(line.reason, line.where)),
        ("log", log),
    )
    own_id = f' id="{plain(line.id)}"' if line.id else ""
    row = "".join(f'<td class="{name}">{cell}</td>' for name, cell in cells)
    return f"<tr{own_id}>{row}</tr>"
