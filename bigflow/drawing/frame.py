"""Turns what every page has around its own parts into HTML that loads nothing, from this machine or any other."""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from bigflow.drawing import page_look
from bigflow.drawing.markup import plain, terminal
from bigflow.drawing.palette import css_class
from bigflow.drawing.words import one_line

_MOST_PROBLEMS = 10  # above the fold; a part of the page has them all


class Badge(NamedTuple):
    """A state in its own words, and the state of the palette that gives it its colours."""

    words: str
    colour: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, where, and the id of the element that tells more."""

    what: str
    reason: str
    where: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """The top of a page. `all_problems` is the id of the part that has those for which there is no room here."""

    title: str
    subtitle: str
    state: Badge
    facts: tuple[tuple[str, str], ...] = ()
    problems: tuple[Problem, ...] = ()
    all_problems: str = ""
    command: str = ""  # to go on with; empty if there is nothing to do


@dataclass(frozen=True, slots=True)
class Log:
    """What a program wrote. `note` says what is not here; `unfolded` is what one should not have to look for."""

    id: str
    title: str
    state: Badge
    text: str
    size: str
    note: str = ""
    unfolded: bool = False


def framed(frame: Frame, parts: Iterable[str], script: str = "") -> str:
    """The text of the file; it is UTF-8 when it is written."""
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            *_head(frame, script),
            "<body>",
            "<main>",
            *_header(frame),
            *_problems(frame),
            *parts,
            "</main>",
            *([f"<script>{script}</script>"] if script else []),
            "</body>",
            "</html>",
            "",
        ]
    )


def section(title: str, name: str, content: Iterable[str]) -> Iterator[str]:
    """A part of the page under its own heading; nothing of it when it is empty."""
    lines = list(content)
    if lines:
        yield f'<section id="{name}" aria-labelledby="{name}-title">'
        yield f'<h2 id="{name}-title">{plain(title)}</h2>'
        yield from lines
        yield "</section>"


def pill(state: Badge) -> str:
    """The state as a coloured word."""
    return f'<span class="pill {css_class(state.colour)}">{plain(one_line(state.words))}</span>'


def why(reason: str, where: str) -> str:
    """A reason, and the place that it speaks of."""
    place = f' <code class="where">{plain(one_line(where))}</code>' if where else ""
    return f"<span>{plain(one_line(reason))}</span>{place}" if reason or where else ""


def folded(log: Log) -> str:
    """The id stands inside: a browser that follows a link to it unfolds what is around it, without a script."""
    note = f'<p class="note">{plain(log.note)}</p>' if log.note else ""
    is_open = " open" if log.unfolded else ""
    return (
        f'<details class="log"{is_open}>'
        f'<summary><span class="name">{plain(one_line(log.title))}</span> {pill(log.state)}'
        f' <span class="size">{plain(log.size)}</span></summary>'
        f'{note}<pre id="{plain(log.id)}" tabindex="0">\n{terminal(log.text)}</pre></details>'
    )


def _head(frame: Frame, script: str) -> Iterator[str]:
    """With a policy under which a browser would load nothing, even if a log had found a way to ask for it."""
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    if script:
        policy += f"; script-src 'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>{plain(one_line(f'{frame.title}: {frame.state.words}'))}</title>"
    yield f'<link rel="icon" href="{page_look.icon(frame.state.colour)}">'
    yield f"<style>\n{page_look.stylesheet()}\n</style>"
    yield "</head>"


def _header(frame: Frame) -> Iterator[str]:
    yield "<header>"
    yield f"<h1>{plain(one_line(frame.title))} {pill(frame.state)}</h1>"
    yield f'<p class="subtitle">{plain(one_line(frame.subtitle))}</p>'
    facts = "".join(
        f"<div><dt>{plain(name)}</dt><dd>{plain(one_line(value))}</dd></div>" for name, value in frame.facts
    )
    yield f'<dl class="facts">{facts}</dl>'
    yield "</header>"


def _problems(frame: Frame) -> Iterator[str]:
    if not frame.problems and not frame.command:
        return
    yield f'<aside class="problems {css_class(frame.state.colour)}">'
    for problem in frame.problems[:_MOST_PROBLEMS]:
        what = plain(one_line(problem.what))
        what = f'<a href="#{plain(problem.link)}">{what}</a>' if problem.link else what
        yield f"<p><strong>{what}</strong> {why(problem.reason, problem.where)}</p>"
    if (more := len(frame.problems) - _MOST_PROBLEMS) > 0:
        yield f'<p><a href="#{plain(frame.all_problems)}">and {more} more</a></p>'
    if frame.command:
        yield f'<p class="next">To go on: <code class="command">{plain(frame.command)}</code></p>'
    yield "</aside>"
