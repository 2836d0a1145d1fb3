"""Many acts at once: order, failures, how many."""

import threading
import time

import pytest

from bigflow.storage import at_once


def test_results_are_in_the_order_of_the_acts() -> None:
    def slow(number: int) -> int:
        time.sleep(0.01 * (5 - number))
        return number

    assert at_once([lambda number=number: slow(number) for number in range(5)]) == list(range(5))  # type: ignore[misc]
    assert at_once([]) == []


def test_a_failure_ends_it_and_what_is_on_its_way_is_waited_for() -> None:
    begun: list[int] = []
    ended: list[int] = []
    both_on_their_way = threading.Barrier(2)

    def act(number: int) -> None:
        begun.append(number)
        if number < 2:
            both_on_their_way.wait(5)
        if number == 0:
            raise OSError("no room")
        time.sleep(0.1)
        ended.append(number)

    with pytest.raises(OSError, match="no room"):
        at_once([lambda number=number: act(number) for number in range(200)], width=2)  # type: ignore[misc]
    assert 1 in ended
    assert sorted(begun) == sorted([0, *ended])
    assert len(begun) < 10, "what has not begun is not begun any more"


def test_no_more_than_so_many() -> None:
    inside, most, lock = 0, 0, threading.Lock()

    def act() -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0.005)
        with lock:
            inside -= 1

    at_once([act] * 40, width=4)
    assert most == 4
