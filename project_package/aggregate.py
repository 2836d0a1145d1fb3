"""Turns orders into totals of one of their columns, the largest first."""

import logging
from collections.abc import Iterable
from typing import Literal

from bigflow import Job, JobContext
from project_package.configuration import run_folder
from project_package.tables import Order, Total, read_rows, write_rows

log = logging.getLogger(__name__)

Column = Literal["country", "product"]


class TotalsBy(Job):
    """A job as a class, for work that is done more than once: here for countries and for products."""

    execution_timeout_sec = 300

    def __init__(self, column: Column) -> None:
        super().__init__(id=f"by_{column}")
        self.column = column

    def execute(self, context: JobContext) -> None:
        folder = run_folder(context)
        orders = [Order.from_row(row) for row in read_rows(folder / "orders.csv")]
        totals = totals_by(self.column, orders)
        write_rows(folder / f"{self.id}.csv", Total._fields, totals)
        log.info("%d totals by %s", len(totals), self.column)


def totals_by(column: Column, orders: Iterable[Order]) -> list[Total]:
    """One total for each value of the column."""
    totals: dict[str, Total] = {}
    for order in orders:
        name = str(getattr(order, column))
        before = totals.get(name, Total(name, 0, order.eur * 0))
        totals[name] = Total(name, before.orders + 1, before.eur + order.eur)
    return sorted(totals.values(), key=lambda total: (-total.eur, total.name))


by_country = TotalsBy("country")
by_product = TotalsBy("product")
