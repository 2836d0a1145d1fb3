"""Turns the rows that jobs hand to each other into CSV files, and back."""

import csv
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple


class Order(NamedTuple):
    """An order that counts."""

    order_id: str
    country: str
    product: str
    quantity: int
    eur: Decimal

    @classmethod
    def from_row(cls, row: dict[str, str]) -> "Order":
        return cls(row["order_id"], row["country"], row["product"], int(row["quantity"]), Decimal(row["eur"]))


class Total(NamedTuple):
    """What one country, or one product, brought in."""

    name: str
    orders: int
    eur: Decimal

    @classmethod
    def from_row(cls, row: dict[str, str]) -> "Total":
        return cls(row["name"], int(row["orders"]), Decimal(row["eur"]))


class LeftOut(NamedTuple):
    """How many rows do not count, and why."""

    reason: str
    rows: int

    @classmethod
    def from_row(cls, row: dict[str, str]) -> "LeftOut":
        return cls(row["reason"], int(row["rows"]))


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, by the names in its first line."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """A CSV file of these rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(columns)
        lines.writerows(rows)
