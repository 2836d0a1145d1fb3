"""Whether a value is, in every part, what a type says."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import pytest

from bigflow.builder.history.shape import fits


class Pair(NamedTuple):
    name: str
    number: float = 0.0


@dataclass(frozen=True)
class Record:
    pairs: tuple[Pair, ...]
    state: Literal["a", "b"] | None
    details: tuple[tuple[str, str], ...] = ()


@pytest.mark.parametrize(
    "value",
    [Record((), None), Record((Pair("x", 1),), "a"), Record((Pair("x", 1.5), Pair("")), "b", (("k", "v"),))],
)
def test_it_fits(value: Record) -> None:
    assert fits(value, Record)


@pytest.mark.parametrize(
    "value",
    [
        None,
        (),
        Pair("x"),
        Record([], "a"),  # type: ignore[arg-type]
        Record((("x", 1.0),), "a"),  # type: ignore[arg-type]
        Record((), "c"),  # type: ignore[arg-type]
        Record((), []),  # type: ignore[arg-type]
        Record((Pair(None),), "a"),  # type: ignore[arg-type]
        Record((Pair("x", True),), "a"),
        Record((Pair("x", "1"),), "a"),  # type: ignore[arg-type]
        Record((Pair("x", float("nan")),), "a"),
        Record((Pair("x", float("inf")),), "a"),
        Record((Pair("x", 10**400),), "a"),
        Record((), "a", (("k",),)),  # type: ignore[arg-type]
        Record((), "a", (("k", 1),)),  # type: ignore[arg-type]
    ],
)
def test_it_does_not_fit(value: object) -> None:
    assert not fits(value, Record)


def test_a_float_is_no_int() -> None:
    assert fits(1, int) and not fits(1.0, int)
