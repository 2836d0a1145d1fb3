"""How an application is followed: looks, pauses, looks that fail, and its end when ours comes first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from bigflow.errors import OutsideError
from bigflow.spark.waiting import Pace, Seen, Unreachable, follow

LOST = Unreachable("nobody answers")
RUNNING, DONE, GONE = Seen("RUNNING", False), Seen("DONE", True, True), Seen("CANCELLED", True)


@dataclass
class Run:
    """What its looks show, one after the other; then that it was cancelled, if it was."""

    looks: Iterator[Seen | BaseException]
    name: str = "run 1"
    cancelled: int = 0
    refuses: bool = False

    def look(self) -> Seen:
        seen = GONE if self.cancelled else next(self.looks)
        if isinstance(seen, BaseException):
            raise seen
        return seen

    def cancel(self) -> None:
        if self.refuses:
            raise OutsideError("no permission")
        self.cancelled += 1


@dataclass
class Clock:
    pauses: list[float] = field(default_factory=list)

    def pace(self, **changes: float) -> Pace:
        return Pace(sleep=self.pauses.append, **changes)  # type: ignore[arg-type]


def run_of(*looks: Seen | BaseException) -> Run:
    return Run(iter(looks))


def test_pauses_grow_up_to_the_longest() -> None:
    clock, run = Clock(), run_of(*[RUNNING] * 7, DONE)
    assert follow(lambda: run, clock.pace(first=1, factor=2, longest=10)) == DONE
    assert clock.pauses == [1, 2, 4, 8, 10, 10, 10]
    assert run.cancelled == 0


def test_looks_may_fail_for_a_while() -> None:
    run = run_of(LOST, LOST, RUNNING, LOST, LOST, DONE)
    assert follow(lambda: run, Clock().pace(lost_looks=2)) == DONE


def test_looks_that_fail_for_too_long_end_it() -> None:
    run = run_of(RUNNING, LOST, LOST, LOST)
    with pytest.raises(Unreachable):
        follow(lambda: run, Clock().pace(lost_looks=2))
    assert run.cancelled == 1


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit, GeneratorExit, ValueError])
@pytest.mark.parametrize("refuses", [False, True], ids=["", "and it cannot be cancelled"])
def test_whatever_ends_us_ends_it_and_is_what_is_raised(end: type[BaseException], refuses: bool) -> None:
    run = run_of(RUNNING, end())
    run.refuses = refuses
    with pytest.raises(end):
        follow(lambda: run, Clock().pace())
    assert run.cancelled == (not refuses)


def submitting(*ends: BaseException | None) -> tuple[Run, Callable[[], Run], list[int]]:
    """A run whose submission ends so, one time after the other."""
    run, times = run_of(RUNNING, DONE), list[int]()

    def submit() -> Run:
        times.append(1)
        if (end := ends[len(times) - 1]) is not None:
            raise end
        return run

    return run, submit, times


def test_interrupted_while_submitting() -> None:
    run, submit, times = submitting(KeyboardInterrupt(), None)
    with pytest.raises(KeyboardInterrupt):
        follow(submit, Clock().pace())
    assert (len(times), run.cancelled) == (2, 1)


def test_interrupted_while_submitting_and_refused_then() -> None:
    run, submit, times = submitting(KeyboardInterrupt(), OutsideError("denied"))
    with pytest.raises(KeyboardInterrupt):
        follow(submit, Clock().pace())
    assert (len(times), run.cancelled) == (2, 0)


def test_what_was_refused_is_not_submitted_again() -> None:
    _, submit, times = submitting(OutsideError("denied"))
    with pytest.raises(OutsideError, match="denied"):
        follow(submit, Clock().pace())
    assert len(times) == 1
