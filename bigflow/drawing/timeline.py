"""Turns stretches of time into a Gantt chart as SVG."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

from bigflow.drawing.durations import duration
from bigflow.drawing.markup import plain
from bigflow.drawing.palette import css_class
from bigflow.drawing.ticks import Tick, ticks
from bigflow.drawing.words import cells, one_line, shortened

ROOT = "bigflow-timeline"
_WIDTH = 1120.0
_ROW, _BAR = 24.0, 14.0  # heights
_AXIS = 28.0
_THINNEST = 3.0  # an attempt of no length is there too
_LONGEST_LABEL, _CELL, _SMALL_CELL = 34, 7.9, 6.7  # characters; widths of one at 13 and at 11 pixels
_GAP = 12.0
_MOST_TICKS = 10
_SECOND_AXIS_FROM = 25  # rows: below so many the upper axis is out of sight


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time. `start` is in seconds from the beginning of the chart; `tip` is shown to who points at it."""

    start: float
    seconds: float
    state: str
    tip: str


@dataclass(frozen=True, slots=True)
class Row:
    """What has a line of its own. `link` is the id of an element of the page."""

    label: str
    bars: tuple[Bar, ...]
    link: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The chart, from above."""

    title: str
    rows: tuple[Row, ...]


def timeline_svg(timeline: Timeline) -> str:
    """It has no colours of its own: those come from the page (`stylesheet`, and the variables of each state)."""
    chart = _Chart(timeline)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="{ROOT}" viewBox="0 0 {_number(_WIDTH)}'
            f' {_number(chart.height)}" width="{_number(_WIDTH)}" height="{_number(chart.height)}">',
            f"<title>{plain(one_line(timeline.title))}</title>",
            *chart.grid(),
            *(line for place, row in enumerate(timeline.rows) for line in chart.row(place, row)),
            "</svg>",
        ]
    )


def stylesheet() -> str:
    """Rules for the shapes; `--ink`, `--faint`, `--rule` and, of each state, `--stroke` are the page's."""
    return "\n".join(
        [
            f".{ROOT} {{ font: 13px var(--mono); display: block; width: 100%; min-width: 720px; height: auto }}",
            f".{ROOT} text {{ fill: var(--ink) }}",
            f".{ROOT} .tick, .{ROOT} .took {{ fill: var(--faint); font-size: 11px }}",
            f".{ROOT} .grid {{ stroke: var(--rule); stroke-width: 1 }}",
            f".{ROOT} .band {{ fill: var(--band) }}",
            f".{ROOT} .bar {{ fill: var(--stroke, var(--faint)) }}",
            f".{ROOT} a:hover text {{ text-decoration: underline }}",
        ]
    )


class _Chart:
    """Where everything is."""

    def __init__(self, timeline: Timeline) -> None:
        bars = [bar for row in timeline.rows for bar in _sound(row)]
        self._origin = min((bar.start for bar in bars), default=0.0)
        self._length = max((bar.start + bar.seconds - self._origin for bar in bars), default=0.0) or 0.001
        longest = max((cells(_label(row)) for row in timeline.rows), default=0)
        self._left = _GAP + longest * _CELL + _GAP
        self._right = _WIDTH - 2 * _GAP
        self._rows = len(timeline.rows)
        self._ticks = ticks(self._length, _MOST_TICKS)
        self._two_axes = self._rows >= _SECOND_AXIS_FROM
        self.height = _AXIS + self._rows * _ROW + (_AXIS if self._two_axes else _GAP / 2)

    def grid(self) -> Iterator[str]:
        """Behind the bars: every second row on a band, and a line from each mark of the axis."""
        for place in range(1, self._rows, 2):
            yield f'<rect class="band" y="{_number(self._top(place))}" width="100%" height="{_number(_ROW)}"/>'
        bottom = _AXIS + self._rows * _ROW
        for tick in self._ticks:
            x = self._x(self._origin + tick.at)
            yield f'<path class="grid" d="M{_number(x)} {_number(_AXIS - 6)}V{_number(bottom)}"/>'
            yield _tick_label(tick, x, _AXIS - 11)
            if self._two_axes:
                yield _tick_label(tick, x, bottom + 16)

    def row(self, place: int, row: Row) -> Iterator[str]:
        bars = _sound(row)
        middle = self._top(place) + _ROW / 2
        label = (
            f'<text x="{_number(self._left - _GAP)}" y="{_number(middle + 4.5)}" text-anchor="end">'
            f"<title>{plain(one_line(row.label))}</title>{plain(_label(row))}</text>"
        )
        yield f'<a href="#{plain(row.link)}">{label}</a>' if row.link else label
        spans = [self._span(bar) for bar in bars]
        for bar, (x, width) in zip(bars, spans, strict=True):
            yield (
                f'<rect class="bar {css_class(bar.state)}" x="{_number(x)}" y="{_number(middle - _BAR / 2)}"'
                f' width="{_number(width)}" height="{_number(_BAR)}" rx="2"><title>{plain(bar.tip)}</title></rect>'
            )
        if bars:
            yield from self._took(bars, spans, middle)

    def _took(self, bars: list[Bar], spans: list[tuple[float, float]], middle: float) -> Iterator[str]:
        """How long it was in all, beside its bars, where there is room."""
        words = duration(sum(bar.seconds for bar in bars))
        room = len(words) * _SMALL_CELL + 8
        first, last = min(x for x, _ in spans), max(x + width for x, width in spans)
        if last + room <= self._right:
            x, anchor = last + 6, "start"
        elif first - room >= self._left:
            x, anchor = first - 6, "end"
        else:
            return
        yield f'<text class="took" x="{_number(x)}" y="{_number(middle + 4)}" text-anchor="{anchor}">{words}</text>'

    def _top(self, place: int) -> float:
        return _AXIS + place * _ROW

    def _x(self, seconds: float) -> float:
        return self._left + (seconds - self._origin) / self._length * (self._right - self._left)

    def _span(self, bar: Bar) -> tuple[float, float]:
        width = max(self._x(bar.start + bar.seconds) - self._x(bar.start), _THINNEST)
        return min(self._x(bar.start), self._right - width), width


def _sound(row: Row) -> list[Bar]:
    """Those that have a place in time: a journal that was damaged can say anything."""
    return [bar for bar in row.bars if isfinite(bar.start) and isfinite(bar.seconds) and bar.seconds >= 0]


def _tick_label(tick: Tick, x: float, y: float) -> str:
    inside = min(x, _WIDTH - len(tick.label) * _SMALL_CELL / 2)
    return f'<text class="tick" x="{_number(inside)}" y="{_number(y)}" text-anchor="middle">{tick.label}</text>'


def _label(row: Row) -> str:
    return shortened(one_line(row.label), _LONGEST_LABEL)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
