from collections.abc import Mapping
from decimal import Decimal

import pytest

from project_package.clean import clean_rows
from project_package.tables import LeftOut

RATES = {"EUR": Decimal(1), "PLN": Decimal("0.25")}
ROW = {
    "order_id": "1",
    "shop": "web",
    "country": "DE",
    "product": "Moka pot",
    "quantity": "2",
    "price": "10.00",
    "currency": "EUR",
}


def rows(*changes: Mapping[str, str]) -> list[dict[str, str]]:
    return [{**ROW, **change} for change in changes]


def test_an_order_that_was_delivered_twice_counts_once() -> None:
    cleaned = clean_rows(rows({"order_id": "1"}, {"order_id": "2"}, {"order_id": "1", "price": "99.00"}), RATES)
    assert [(order.order_id, order.eur) for order in cleaned.orders] == [("1", Decimal(20)), ("2", Decimal(20))]
    assert cleaned.left_out == [LeftOut("delivered twice", 1)]


def test_a_second_delivery_can_bring_the_price_that_was_missing() -> None:
    cleaned = clean_rows(rows({"price": ""}, {"price": "10.00"}), RATES)
    assert len(cleaned.orders) == 1
    assert cleaned.left_out == [LeftOut("no price", 1)]


def test_test_shops_do_not_count_whatever_else_is_wrong_with_them() -> None:
    cleaned = clean_rows(rows({"shop": "test-web", "price": "", "currency": "XXX"}), RATES)
    assert cleaned.orders == []
    assert cleaned.left_out == [LeftOut("test shop", 1)]


@pytest.mark.parametrize("written", ["pl", "PL ", " Pl"])
def test_countries_get_one_spelling(written: str) -> None:
    assert clean_rows(rows({"country": written}), RATES).orders[0].country == "PL"


def test_money_is_in_euros_and_exact_to_the_cent() -> None:
    cleaned = clean_rows(rows({"price": "0.13", "currency": "PLN", "quantity": "3"}), RATES)
    assert cleaned.orders[0].eur == Decimal("0.10")  # 3 x 0.13 x 0.25 = 0.0975


def test_a_currency_without_a_rate_stops_the_day_instead_of_losing_its_sales() -> None:
    with pytest.raises(ValueError, match=r"order 1: no rate for GBP in resources/exchange_rates\.csv"):
        clean_rows(rows({"currency": "GBP"}), RATES)


def test_a_day_without_orders_is_a_day() -> None:
    assert clean_rows([], RATES) == ([], [])
