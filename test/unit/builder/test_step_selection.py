"""Which steps a build performs, and which of them wait for which."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow.builder.selection import Phase, Selection, selected
from bigflow.builder.step import Declared
from bigflow.builder.waiting import waits_for
from bigflow.errors import InvalidProject, UsageError

PHASES = (Phase("first", ("a", "b")), Phase("second", ("c", "d"), closing=("e",)))


@pytest.mark.parametrize(
    ("wanted", "steps"),
    [
        (Selection(), "abcde"),
        (Selection(only=("b",)), "b"),
        (Selection(only=("second",)), "cde"),
        (Selection(skip=("first", "d")), "ce"),
        (Selection(since="b"), "bcde"),
        (Selection(since="second"), "cde"),
        (Selection(only=("first", "e"), skip=("a",)), "be"),
        (Selection(only=("a",), since="second"), ""),
    ],
)
def test_words_become_steps(wanted: Selection, steps: str) -> None:
    assert selected(PHASES, wanted) == set(steps)


@pytest.mark.parametrize("wanted", [Selection(only=("secnd",)), Selection(skip=("secnd",)), Selection(since="secnd")])
def test_a_misspelt_step_is_told_with_the_nearest(wanted: Selection) -> None:
    with pytest.raises(UsageError, match="did you mean 'second'"):
        selected(PHASES, wanted)


def test_who_reads_waits_for_who_leaves() -> None:
    waits = waits_for(
        {
            "image": Declared(files=("dist", "Dockerfile"), leaves=(".image",)),
            "wheel": Declared(files=("pkg",), leaves=("dist/pkg.whl",)),
            "docs": Declared(files=("docs/**/*.md",)),
            "pages": Declared(leaves=("docs/made.md",)),
            "alone": Declared(files=("distance",)),
        }
    )
    assert waits["image"] == {"wheel"}
    assert waits["docs"] == {"pages"}
    assert not waits["wheel"] and not waits["alone"]


@pytest.mark.parametrize(
    ("reads", "leaves", "meet"),
    [
        ("*.md", "README.md", True),
        ("LICEN[CS]E*", "dist/shop.whl", False),
        ("**/*.md", "docs/made.md", True),
        ("docs/*.md", "docs", True),
        ("docs/*.md", "documents/a.md", False),
        ("docs/a*/x", "docs/b/x", False),
        (".", "dist", True),
        ("dist", "dist/../dist/a", True),
    ],
)
def test_patterns_wait_for_what_they_may_mean(reads: str, leaves: str, meet: bool) -> None:
    waits = waits_for({"reader": Declared(files=(reads,)), "writer": Declared(leaves=(leaves,))})
    assert waits["reader"] == ({"writer"} if meet else set())


def test_a_circle_is_told() -> None:
    with pytest.raises(InvalidProject, match="wait for each other: one, two"):
        waits_for({"one": Declared(("x",), (), ("y",)), "two": Declared(("y",), (), ("x",)), "three": Declared()})


def test_two_that_leave_one_file_are_told() -> None:
    with pytest.raises(InvalidProject, match="one and two leave the same"):
        waits_for({"one": Declared(leaves=("out",)), "two": Declared(leaves=("out/a",))})


@given(st.lists(st.tuples(st.sets(st.integers(0, 9)), st.booleans()), max_size=10))
def test_along_a_line_every_reader_waits_for_its_writers(steps: list[tuple[set[int], bool]]) -> None:
    """Step n leaves `n` and reads what earlier steps leave: no circle is possible, and each wait is exact."""
    declared = {
        f"s{n}": Declared(files=tuple(f"out{m}/file" for m in reads if m < n), leaves=(f"out{n}",))
        for n, (reads, _) in enumerate(steps)
    }
    for n, (reads, _) in enumerate(steps):
        assert waits_for(declared)[f"s{n}"] == {f"s{m}" for m in reads if m < n}
