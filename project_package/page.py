"""Turns totals into a self-contained HTML page, with the templates in resources/report/."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from html import escape
from string import Template
from typing import NamedTuple

from bigflow import resources
from project_package.tables import LeftOut, Total


class Content(NamedTuple):
    """All that the page tells."""

    title: str
    day: date
    countries: Sequence[Total]  # the largest first
    products: Sequence[Total]
    left_out: Sequence[LeftOut]


def render(content: Content, top: int) -> str:
    """The page, with the `top` largest countries and products and one line for the rest."""
    if top < 0:
        raise ValueError(f"top={top}: a table cannot have fewer than 0 lines")
    orders = sum(total.orders for total in content.countries)
    revenue = _sum(content.countries)
    values = {
        "title": content.title,
        "day": f"{content.day:%A}, {content.day.day} {content.day:%B %Y}",
        "revenue": _money(revenue),
        "orders": str(orders),
        "average": _money(revenue / orders) if orders else "-",
        "left_out": ", ".join(f"{rows} x {reason}" for reason, rows in content.left_out) or "nothing",
    }
    bars = {"countries": _bars(content.countries, top), "products": _bars(content.products, top)}
    return _fill("page", values, bars)


def _bars(totals: Sequence[Total], top: int) -> str:
    rest = totals[top:]
    joined = [Total(f"{len(rest)} more", sum(total.orders for total in rest), _sum(rest))] if rest else []
    longest = max((total.eur for total in (*totals, *joined)), default=Decimal(0))
    rows = [_bar(total, longest, "one") for total in totals[:top]] + [_bar(total, longest, "rest") for total in joined]
    return "".join(rows)


def _bar(total: Total, longest: Decimal, kind: str) -> str:
    width = 100 * total.eur / longest if longest else Decimal(0)
    texts = {"name": total.name, "orders": str(total.orders), "eur": _money(total.eur)}
    return _fill("bar", {**texts, "width": f"{width:.1f}", "kind": kind})


def _fill(template: str, texts: Mapping[str, str], parts: Mapping[str, str] | None = None) -> str:
    """Texts are escaped; parts are HTML already."""
    values = {name: escape(text) for name, text in texts.items()} | dict(parts or {})
    return Template(resources.read_text(f"report/{template}.html")).substitute(values)


def _sum(totals: Iterable[Total]) -> Decimal:
    return sum((total.eur for total in totals), Decimal(0))


def _money(eur: Decimal) -> str:
    return f"{eur:,.2f} €"
