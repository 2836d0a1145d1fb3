"""Turns a chart, tables and logs into one HTML file that loads nothing and needs no script."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from bigflow.drawing.frame import Badge, Frame, Log, folded, framed, pill, section
from bigflow.drawing.linked import linked
from bigflow.drawing.markup import plain
from bigflow.drawing.picture import Picture
from bigflow.drawing.timeline import Timeline, timeline_svg
from bigflow.drawing.words import one_line
from bigflow.errors import UsageError

Look: TypeAlias = Literal["words", "code", "number"]
_CLASSES = {"words": "words", "code": "job", "number": "took"}  # of the style sheet: monospaced; to the right


class Cell(NamedTuple):
    """A field of a table. With `link` (the id of an element) it leads there; `note` stands in it, small."""

    words: str = ""
    link: str = ""
    note: str = ""


class Column(NamedTuple):
    """What all fields below each other have in common."""

    title: str
    look: Look = "words"


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table, and the id by which links find it."""

    cells: tuple[Cell | Badge, ...]
    id: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A part of the page. Without rows it is not there."""

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Line, ...]
    note: str = ""


class Drawing(NamedTuple):
    """A graph, folded away under its title."""

    title: str
    size: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that the page shows, from above."""

    frame: Frame
    timeline: Timeline
    tables: tuple[Table, ...]
    logs: tuple[Log, ...]
    graphs: tuple[Drawing, ...] = ()
    not_drawn: str = ""  # what there is of graphs beside these


def sheet(shown: Sheet) -> str:
    """The text of the file; it is UTF-8 when it is written."""
    parts = [
        *section("Timeline", "timeline", _timeline(shown.timeline)),
        *(line for table in shown.tables for line in section(table.title, table.id, _table(table))),
        *section("Workflows", "workflows", _graphs(shown)),
        *section("Logs", "logs", map(folded, shown.logs)),
    ]
    return framed(shown.frame, parts)


def _timeline(timeline: Timeline) -> Iterator[str]:
    if timeline.rows:
        yield f'<div class="figure">{timeline_svg(timeline)}</div>'


def _graphs(shown: Sheet) -> Iterator[str]:
    """The only one is unfolded."""
    is_open = " open" if len(shown.graphs) == 1 else ""
    for number, drawing in enumerate(shown.graphs):
        title, size = plain(one_line(drawing.title)), plain(drawing.size)
        yield f'<details class="log"{is_open}><summary><span class="name">{title}</span>'
        yield f' <span class="size">{size}</span></summary>{_graph(drawing.picture, number)}</details>'
    if shown.not_drawn:
        yield f'<p class="note">{plain(shown.not_drawn)}</p>'


def _graph(picture: Picture, number: int) -> str:
    try:
        return f'<div class="figure graph">{linked(picture, {}, f"graph-{number}")}</div>'
    except UsageError as too_large:
        return f'<p class="note">{plain(too_large.message)}</p>'


def _table(table: Table) -> Iterator[str]:
    if not table.rows:
        return
    if table.note:
        yield f'<p class="note">{plain(table.note)}</p>'
    titles = "".join(
        f'<th scope="col" class="{_CLASSES[column.look]}">{plain(column.title)}</th>' for column in table.columns
    )
    yield f'<div class="figure"><table><thead><tr>{titles}</tr></thead>'
    yield "<tbody>"
    for row in table.rows:
        own_id = f' id="{plain(row.id)}"' if row.id else ""
        yield f"<tr{own_id}>{''.join(_fields(table.columns, row.cells))}</tr>"
    yield "</tbody></table></div>"


def _fields(columns: tuple[Column, ...], cells: tuple[Cell | Badge, ...]) -> Iterator[str]:
    for column, cell in zip(columns, cells, strict=True):
        yield f'<td class="{_CLASSES[column.look]}">{pill(cell) if isinstance(cell, Badge) else _words(cell)}</td>'


def _words(cell: Cell) -> str:
    words = plain(one_line(cell.words))
    linked = f'<a href="#{plain(cell.link)}">{words}</a>' if cell.link else words
    note = f' <span class="where">{plain(one_line(cell.note))}</span>' if cell.note else ""
    return f"{linked}{note}"
