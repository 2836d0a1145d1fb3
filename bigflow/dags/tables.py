"""Turns the tables of what each Airflow accepts, made from real installations, into values."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from bigflow.errors import UsageError

ANYTHING = "**"  # accepts whatever it is given


@dataclass(frozen=True, slots=True)
class Table:
    """What one Airflow with one version of the Kubernetes provider accepts. Names are those of `module:name`."""

    airflow: str
    provider: str
    accepts: Mapping[str, frozenset[str]]
    deprecated: Mapping[str, Mapping[str, str]]  # by the last part of the name: argument -> what Airflow says to it

    def __str__(self) -> str:
        return f"Airflow {self.airflow}, provider {self.provider}"


def tables(only: Iterable[str] = ()) -> tuple[Table, ...]:
    """All tables, the oldest Airflow first; or those of the versions that are named, such as `3.1` or `2.10.5`."""
    wanted = tuple(only)
    for version in wanted:
        if not any(_is(table, version) for table in _all()):
            raise UsageError(
                f"nothing is known of Airflow {version!r}",
                hint=f"known: {', '.join(dict.fromkeys(table.airflow for table in _all()))}",
            )
    return tuple(table for table in _all() if not wanted or any(_is(table, version) for version in wanted))


@cache
def _all() -> tuple[Table, ...]:
    folder = files("bigflow.dags").joinpath("tables")
    texts = (file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".json"))
    return tuple(sorted(map(_read, texts), key=lambda table: (_numbers(table.airflow), _numbers(table.provider))))


def _read(text: str) -> Table:
    data = json.loads(text)
    accepts = {name: frozenset(arguments) for name, arguments in data["accepts"].items()}
    return Table(data["airflow"], data["provider"], accepts, data["deprecated"])


def _is(table: Table, version: str) -> bool:
    return f"{table.airflow}.".startswith(f"{version.strip()}.")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
