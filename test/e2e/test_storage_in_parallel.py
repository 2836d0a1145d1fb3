"""How fast many files go up, over a network that takes 20 ms for each request; and that two processes take turns."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import pytest
from support.fault_proxy import fault_proxy
from support.google_storage import google_storage
from support.object_store import KEYS, moto

from bigflow.storage import Access, Anonymous, at_once, open_store

FILES = {f"dags/{number:03}.py": b"# a file as short as those of Airflow are\n" * 100 for number in range(500)}
TIMED = 50  # one by one: the rest would take as long each
ROUNDS = 100

COMPETITOR = """
import sys
from bigflow.storage import *
keys = Amazon(keys=AmazonKeys("AK", "secret"))
address, endpoint = sys.argv[1:]
store = open_store(address, Access(Anonymous() if address.startswith("gs") else keys, endpoint))
for line in sys.stdin:
    try:
        store.write(f"lease-{line.strip()}", b"same", expecting=ABSENT)
        print("won", flush=True)
    except Conflict:
        print("lost", flush=True)
"""


@pytest.fixture(params=["gs", "s3"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, Access]]:
    if request.param == "gs":
        with google_storage("ours") as storage:
            yield "gs://ours", Access(Anonymous(), storage.endpoint)
    else:
        with moto("ours") as endpoint:
            yield "s3://ours", Access(KEYS, endpoint)


def test_many_files_go_up_at_once(server: tuple[str, Access]) -> None:
    address, access = server
    with fault_proxy(access.endpoint, delay=0.02) as proxy:
        store = open_store(address, Access(access.who, proxy.endpoint))
        began = perf_counter()
        for name in list(FILES)[:TIMED]:
            store.write(name, FILES[name])
        one_by_one = (perf_counter() - began) * len(FILES) / TIMED
        began = perf_counter()
        at_once([lambda name=name: store.write(name, FILES[name]) for name in FILES])  # type: ignore[misc]
        together = perf_counter() - began
        assert all(one.holds(FILES[one.name]) for one in store.listing())
    assert one_by_one / together >= 5, f"{one_by_one:.1f} s one by one, {together:.2f} s at once"


def test_of_two_processes_one_wins(server: tuple[str, Access]) -> None:
    address, access = server
    command = [sys.executable, "-c", COMPETITOR, address, access.endpoint]
    root = Path(__file__).parents[2]

    def start() -> "subprocess.Popen[str]":
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root)

    with start() as one, start() as other:
        for number in range(ROUNDS):
            for process in (one, other):
                assert process.stdin
                process.stdin.write(f"{number}\n")
                process.stdin.flush()
            assert one.stdout
            assert other.stdout
            assert sorted([one.stdout.readline(), other.stdout.readline()]) == ["lost\n", "won\n"]
        for process in (one, other):
            assert process.stdin
            process.stdin.close()
    assert sum(1 for _ in open_store(address, access).listing()) == ROUNDS
