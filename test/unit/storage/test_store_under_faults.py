"""Every operation on a cloud's store with every fault on each request: done or raised, old or new, never half."""

from collections.abc import Callable
from itertools import product

import pytest
from support.fault_proxy import Fault, fault_proxy
from support.object_store import Ground

from bigflow.errors import OutsideError
from bigflow.storage import ABSENT, Conflict, Store

OLD, NEW = b"old " * 100, b"new " * 100
Operation = Callable[[Store, str], object]


def listed(store: Store, version: str) -> object:
    return [(one.name, one.version) for one in store.listing()]


# What is done -> how, what must come of it if it is done, and what is there then.
OPERATIONS: dict[str, tuple[Operation, bytes | None]] = {
    "write": (lambda store, version: store.write("x", NEW), NEW),
    "write new": (lambda store, version: store.write("y", NEW, expecting=ABSENT), OLD),
    "write this version": (lambda store, version: store.write("x", NEW, expecting=version), NEW),
    "delete": (lambda store, version: store.delete("x"), None),
    "delete this version": (lambda store, version: store.delete("x", expecting=version), None),
    "read": (lambda store, version: store.read("x"), OLD),
    "stat": (lambda store, version: store.stat("x"), OLD),
    "listing": (listed, OLD),
}
QUICKLY = [fault for fault in Fault if fault is not Fault.SILENT]  # silence takes time, and is played where it matters
PASSING = [
    *product(OPERATIONS, QUICKLY, ("first", "second", "first two")),
    *product(("write new", "delete this version", "listing"), (Fault.SILENT,), ("first",)),
]
LASTING = [*product(OPERATIONS, QUICKLY), ("write new", Fault.SILENT), ("read", Fault.SILENT)]
TIMES = {"first": {0}, "second": {1}, "first two": {0, 1}}


def content(store: Store, name: str) -> bytes | None:
    return store.read(name).content if store.stat(name) else None


@pytest.mark.parametrize(("what", "fault", "when"), PASSING)
def test_a_passing_fault_is_overcome(cloud: Ground, what: str, fault: Fault, when: str) -> None:
    direct = cloud.store()
    version = direct.write("x", OLD)
    operation, then = OPERATIONS[what]
    with fault_proxy(cloud.access.endpoint) as proxy:
        proxy.plan = lambda number, method, path: fault if number in TIMES[when] else None
        result = operation(cloud.store(endpoint=proxy.endpoint), version)
    assert content(direct, "x") == then
    if what == "write new":
        assert content(direct, "y") == NEW
        assert result == direct.stat("y").version  # type: ignore[union-attr]
    elif what.startswith("write"):
        assert result == direct.stat("x").version  # type: ignore[union-attr]


@pytest.mark.parametrize(("what", "fault"), LASTING)
def test_a_lasting_fault_is_told_in_the_end(cloud: Ground, what: str, fault: Fault) -> None:
    direct = cloud.store()
    version = direct.write("x", OLD)
    with fault_proxy(cloud.access.endpoint) as proxy:
        proxy.plan = lambda number, method, path: fault
        store = cloud.store(endpoint=proxy.endpoint)
        try:
            OPERATIONS[what][0](store, version)
        except Conflict:
            pytest.fail("nobody else was here")
        except OutsideError as error:
            assert error.hint
        else:
            assert len(proxy.requests) == 1, "only an answer without a body can be whole when half of it is missing"
    assert content(direct, "x") in (OLD, OPERATIONS[what][1])
    assert content(direct, "y") in (None, NEW)


def test_the_loser_knows_it_even_if_the_first_answer_is_lost(cloud: Ground) -> None:
    """The lease is somebody else's: a lost answer must not make us believe that it is ours."""
    direct = cloud.store()
    direct.write("lease", NEW, expecting=ABSENT)
    for fault in Fault:
        with fault_proxy(cloud.access.endpoint) as proxy:
            proxy.plan = lambda number, method, path, fault=fault: fault if number == 0 else None  # type: ignore[misc]
            with pytest.raises(Conflict):
                cloud.store(endpoint=proxy.endpoint).write("lease", NEW, expecting=ABSENT)


def test_a_page_in_the_middle_is_asked_for_again(cloud: Ground, request: pytest.FixtureRequest) -> None:
    direct = cloud.store()
    for number in range(5):
        direct.write(f"{number}", b"1")
    if cloud.kind == "gs":
        request.getfixturevalue("gs").page = 2
        request.addfinalizer(lambda: setattr(request.getfixturevalue("gs"), "page", 1000))
    with fault_proxy(cloud.access.endpoint) as proxy:
        proxy.plan = lambda number, method, path: Fault.HALF if number % 2 == 0 else None
        assert [one.name for one in cloud.store(endpoint=proxy.endpoint).listing()] == list("01234")


def test_nothing_is_asked_more_than_needed(cloud: Ground) -> None:
    """What a deploy with no changes needs: one listing that tells the hashes, and two reads."""
    direct = cloud.store("place")
    files = {f"dags/{number}.py": f"# {number}".encode() for number in range(20)}
    for name in files:
        direct.write(name, files[name])
    with fault_proxy(cloud.access.endpoint) as proxy:
        store = cloud.store("place", endpoint=proxy.endpoint)
        assert all(one.holds(files[one.name]) for one in store.listing("dags"))
        assert len(proxy.requests) == 1
        requests = {
            "read": (lambda: store.read("dags/1.py"), 1),
            "stat": (lambda: store.stat("dags/1.py"), 1),
            "write": (lambda: store.write("new", b"1", expecting=ABSENT), 1),
            "delete": (lambda: store.delete("new"), 1),
        }
        for name, (act, wanted) in requests.items():
            before = len(proxy.requests)
            act()  # type: ignore[no-untyped-call]
            assert len(proxy.requests) - before == wanted, name
