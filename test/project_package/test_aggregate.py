from decimal import Decimal

from project_package.aggregate import totals_by
from project_package.tables import Order, Total

ORDERS = [
    Order("1", "DE", "Moka pot", 1, Decimal("30.10")),
    Order("2", "PL", "Moka pot", 1, Decimal("50.00")),
    Order("3", "DE", "Descaler", 2, Decimal("30.20")),
    Order("4", "AT", "Descaler", 1, Decimal("50.00")),
]


def test_the_largest_come_first_and_equals_by_name() -> None:
    assert totals_by("country", ORDERS) == [
        Total("DE", 2, Decimal("60.30")),
        Total("AT", 1, Decimal("50.00")),
        Total("PL", 1, Decimal("50.00")),
    ]


def test_however_it_is_cut_it_is_the_same_money() -> None:
    by_country, by_product = totals_by("country", ORDERS), totals_by("product", ORDERS)
    assert sum(total.eur for total in by_country) == sum(total.eur for total in by_product) == Decimal("160.30")


def test_nothing_gives_nothing() -> None:
    assert totals_by("product", []) == []
