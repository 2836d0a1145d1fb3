"""Turns what is known of a run into one HTML file that loads nothing, from this machine or any other."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from bigflow.drawing import page_look
from bigflow.drawing.durations import duration
from bigflow.drawing.linked import linked
from bigflow.drawing.markup import plain, terminal
from bigflow.drawing.palette import css_class
from bigflow.drawing.picture import Picture
from bigflow.drawing.timeline import Timeline, timeline_svg
from bigflow.drawing.words import one_line
from bigflow.errors import UsageError

_MOST_PROBLEMS = 10  # above the fold; the table has them all


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, where, and the id of the element that tells more."""

    what: str
    reason: str
    where: str = ""
    link: str = ""


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
class Log:
    """What one attempt wrote. `note` says what is not here."""

    id: str
    title: str
    state: str
    text: str
    size: str
    note: str = ""


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
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            *_head(shown),
            "<body>",
            "<main>",
            *_header(shown),
            *_problems(shown),
            *_section("Graph", "graph", _graph(shown)),
            *_section("Timeline", "timeline", _timeline(shown)),
            *_section("Attempts", "attempts", _table(shown)),
            *_section("Logs", "logs", [_log(log) for log in shown.logs]),
            "</main>",
            f"<script>{page_look.SCRIPT}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _head(shown: Page) -> Iterator[str]:
    """With a policy under which a browser would load nothing, even if a log had found a way to ask for it."""
    own_script = b64encode(sha256(page_look.SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{own_script}'"
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>{plain(one_line(f'{shown.title}: {shown.state}'))}</title>"
    yield f'<link rel="icon" href="{page_look.icon(shown.state)}">'
    yield f"<style>\n{page_look.stylesheet()}\n</style>"
    yield "</head>"


def _header(shown: Page) -> Iterator[str]:
    yield "<header>"
    yield f"<h1>{plain(one_line(shown.title))} {_pill(shown.state)}</h1>"
    yield f'<p class="subtitle">{plain(one_line(shown.subtitle))}</p>'
    facts = "".join(
        f"<div><dt>{plain(name)}</dt><dd>{plain(one_line(value))}</dd></div>" for name, value in shown.facts
    )
    yield f'<dl class="facts">{facts}</dl>'
    yield "</header>"


def _problems(shown: Page) -> Iterator[str]:
    if not shown.problems and not shown.command:
        return
    yield f'<aside class="problems {css_class(shown.state)}">'
    for problem in shown.problems[:_MOST_PROBLEMS]:
        what = plain(one_line(problem.what))
        what = f'<a href="#{plain(problem.link)}">{what}</a>' if problem.link else what
        yield f"<p><strong>{what}</strong> {_why(problem.reason, problem.where)}</p>"
    if (more := len(shown.problems) - _MOST_PROBLEMS) > 0:
        yield f'<p><a href="#attempts">and {more} more</a></p>'
    if shown.command:
        yield f'<p class="next">To go on: <code class="command">{plain(shown.command)}</code></p>'
    yield "</aside>"


def _section(title: str, name: str, content: "Iterator[str] | list[str]") -> Iterator[str]:
    lines = list(content)
    if lines:
        yield f'<section id="{name}" aria-labelledby="{name}-title">'
        yield f'<h2 id="{name}-title">{title}</h2>'
        yield from lines
        yield "</section>"


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
        ("state", _pill(line.state)),
        ("began", began),
        ("took", took),
        ("reason", _why(line.reason, line.where)),
        ("log", log),
    )
    own_id = f' id="{plain(line.id)}"' if line.id else ""
    row = "".join(f'<td class="{name}">{cell}</td>' for name, cell in cells)
    return f"<tr{own_id}>{row}</tr>"


def _why(reason: str, where: str) -> str:
    place = f' <code class="where">{plain(one_line(where))}</code>' if where else ""
    return f"<span>{plain(one_line(reason))}</span>{place}" if reason or where else ""


def _pill(state: str) -> str:
    return f'<span class="pill {css_class(state)}">{plain(state)}</span>'


def _log(log: Log) -> str:
    """The id stands inside: a browser that follows a link to it unfolds what is around it, without our script."""
    note = f'<p class="note">{plain(log.note)}</p>' if log.note else ""
    return (
        f'<details class="log"><summary><span class="name">{plain(one_line(log.title))}</span> {_pill(log.state)}'
        f' <span class="size">{plain(log.size)}</span></summary>'
        f'{note}<pre id="{plain(log.id)}" tabindex="0">\n{terminal(log.text)}</pre></details>'
    )
