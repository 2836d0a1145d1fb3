"""Turns raw rows into orders that count, and tells how many do not."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from bigflow import JobContext, job, resources
from project_package.configuration import run_folder
from project_package.tables import LeftOut, Order, read_rows, write_rows

log = logging.getLogger(__name__)


class Cleaned(NamedTuple):
    """What is left of the raw rows, and what is not."""

    orders: list[Order]
    left_out: list[LeftOut]


@job
def clean(context: JobContext) -> None:
    """Leave out what is no sale; give the rest one spelling and one currency."""
    folder = run_folder(context)
    rates = read_rows(resources.path("exchange_rates.csv"))
    cleaned = clean_rows(read_rows(folder / "raw.csv"), {rate["currency"]: Decimal(rate["eur"]) for rate in rates})
    write_rows(folder / "orders.csv", Order._fields, cleaned.orders)
    write_rows(folder / "left_out.csv", LeftOut._fields, cleaned.left_out)
    log.info("%d orders; left out: %s", len(cleaned.orders), dict(cleaned.left_out) or "none")


def clean_rows(rows: Iterable[Mapping[str, str]], rates: Mapping[str, Decimal]) -> Cleaned:
    """Each order once, with its price in euros."""
    orders: dict[str, Order] = {}
    left_out: Counter[str] = Counter()
    for row in rows:
        if row["shop"].startswith("test-"):
            left_out["test shop"] += 1
        elif not row["price"]:
            left_out["no price"] += 1
        elif row["order_id"] in orders:
            left_out["delivered twice"] += 1
        else:
            orders[row["order_id"]] = _order(row, rates)
    return Cleaned(list(orders.values()), [LeftOut(reason, count) for reason, count in sorted(left_out.items())])


def _order(row: Mapping[str, str], rates: Mapping[str, Decimal]) -> Order:
    if row["currency"] not in rates:
        raise ValueError(f"order {row['order_id']}: no rate for {row['currency']} in resources/exchange_rates.csv")
    quantity = int(row["quantity"])
    eur = quantity * Decimal(row["price"]) * rates[row["currency"]]
    return Order(row["order_id"], row["country"].strip().upper(), row["product"], quantity, round(eur, 2))
