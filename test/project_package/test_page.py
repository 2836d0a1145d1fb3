from datetime import date
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from project_package.page import Content, render
from project_package.tables import LeftOut, Total

CONTENT = Content(
    title="Orders",
    day=date(2026, 11, 19),
    countries=[Total("DE", 3, Decimal("1500.00")), Total("PL", 2, Decimal("300.00")), Total("AT", 1, Decimal("75.00"))],
    products=[Total("Moka pot", 6, Decimal("1875.00"))],
    left_out=[LeftOut("test shop", 4)],
)


def body(page: str) -> ElementTree.Element:
    """The page as a browser sees it: that it can be parsed at all means that every tag is closed."""
    return ElementTree.fromstring(page[page.index("<body>") : page.index("</html>")])


def text(page: str) -> str:
    return " ".join("".join(body(page).itertext()).split())


def test_it_tells_the_day_the_sums_and_what_was_left_out() -> None:
    told = text(render(CONTENT, top=5))
    assert "Thursday, 19 November 2026" in told
    assert "Revenue1,875.00 €" in told
    assert "Orders6" in told
    assert "Average order312.50 €" in told
    assert "Left out: 4 x test shop." in told


def test_what_is_not_at_the_top_is_summed_up_in_one_line() -> None:
    told = text(render(CONTENT, top=1))
    assert "DE31,500.00 €" in told
    assert "2 more3375.00 €" in told
    assert "PL" not in told


def test_the_longest_bar_is_the_largest_sum_and_the_others_are_in_proportion() -> None:
    widths = [bar.attrib["width"] for bar in body(render(CONTENT, top=5)).iter("rect")]
    assert widths == ["100.0%", "20.0%", "5.0%", "100.0%"]


def test_names_from_the_data_cannot_become_html() -> None:
    nasty = CONTENT._replace(title="$day & Co", products=[Total("<script>alert(1)</script>", 1, Decimal(1))])
    page = render(nasty, top=5)
    assert "<script>" not in page
    assert "<script>alert(1)</script>" in text(page)
    assert "$day & Co" in text(page)


def test_a_day_without_orders_has_a_page_too() -> None:
    told = text(render(CONTENT._replace(countries=[], products=[], left_out=[]), top=5))
    assert "Orders0" in told
    assert "Average order-" in told
    assert "Left out: nothing." in told


def test_it_needs_nothing_but_itself() -> None:
    page = render(CONTENT, top=5)
    assert not any(word in page for word in ("http:", "https:", "src=", "<link", "@import", "url("))


def test_fewer_than_no_lines_are_refused() -> None:
    with pytest.raises(ValueError, match="top=-1"):
        render(CONTENT, top=-1)
