"""Turns many acts on a store into their results, several at once."""

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TypeVar

from bigflow._http.connections import CONNECTIONS

T = TypeVar("T")


def at_once(acts: Iterable[Callable[[], T]], width: int = CONNECTIONS) -> list[T]:
    """The results, in the order of the acts.

    After the first failure nothing more is begun; what is on its way is waited for, and then the failure is raised.
    """
    with ThreadPoolExecutor(width, thread_name_prefix="bigflow-storage") as threads:
        begun = [threads.submit(act) for act in acts]
        try:
            wait(begun, return_when=FIRST_EXCEPTION)
        finally:
            for one in begun:
                one.cancel()
    # In the order of the acts: those that were not begun come after the one that failed.
    return [one.result() for one in begun]
