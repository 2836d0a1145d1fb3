"""Turns deploys to stand-ins of a bucket and a registry into seconds, requests, and outcomes of faults."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "test"))

from support.built import Build, named, stage
from support.cli import bigflow
from support.deploy_faults import each_request_fails
from support.fault_proxy import fault_proxy
from support.google_storage import google_storage
from support.registry import registry

from bench.measure import Spread, Timing
from bench.results import Bar, Machine, Result, tool_versions
from bigflow.dags.binding import Bindings
from bigflow.deployer.actor import Actor
from bigflow.deployer.apply import apply
from bigflow.deployer.handover import deployed
from bigflow.deployer.ledger import Ledger
from bigflow.deployer.observe import observe, recorded
from bigflow.deployer.place import DagsPlace, place_of
from bigflow.deployer.plan import Wish, plan
from bigflow.deployer.release import Deployed
from bigflow.storage import Access, Anonymous, open_store

FILES = 500
DELAY = 0.02  # seconds a request, as over a network
CONFIG = "from bigflow import Config\ndeployment_config = Config('prod', {values!r})\n"
DAILY = (named("daily"), named("weekly"), named("gone"))


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds."""

    wall: float
    cpu: float


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=9, help="how often each is measured (default: 9)")
    asked = options.parse_args()
    machine = Machine.this()
    with tempfile.TemporaryDirectory() as folder:
        unchanged, bucket, images, moved = _command_line(Path(folder), asked.rounds)
        at_once, one_by_one = _many_files()
        (Path(folder) / "faults").mkdir()
        outcomes = each_request_fails(Path(folder) / "faults")
    return Result(
        script="deploy",
        machine=machine,
        versions=tool_versions(),
        bars=[
            Bar("nothing changed: seconds", median(one.wall for one in unchanged), "at most", 1.0),
            Bar("nothing changed: requests to the bucket", bucket, "at most", 3),
            Bar("nothing changed: requests to the registry", images, "at most", 3),
            Bar("one line changed: blobs that move (layer, configuration, manifest)", moved, "at most", 3),
            Bar(
                f"{FILES} files, {DELAY * 1000:.0f} ms a request: times faster",
                one_by_one.wall / at_once.wall,
                "at least",
                5,
            ),
            Bar("fault points tried (bucket and registry)", outcomes.points, "at least", 80),
            Bar("of them: neither the old nor the new state", len(outcomes.broken), "at most", 0),
            Bar("of them: the old state", outcomes.old, "at least", None),
            Bar("of them: the new state", outcomes.new, "at least", None),
        ],
        figures=[
            _timing("bigflow deploy --plan, nothing changed", unchanged),
            _timing(f"{FILES} files with record and state", [at_once]),
            _timing(f"{FILES} files one by one", [one_by_one]),
        ],
        not_measured=[],
    ).publish()


def _command_line(folder: Path, rounds: int) -> tuple[list[Took], int, int, int]:
    """Seconds, and requests to bucket and registry, when nothing changed; blobs that move when one line did."""
    with google_storage("bench") as there, registry(folder / "registry") as images:
        values = {
            "dags_bucket": "bench",
            "docker_repository": f"{images.host}/bench",
            "storage_endpoint": there.endpoint,
            "storage_anonymous": True,
        }
        config = CONFIG.format(values=values)
        here = stage(folder / "stage", Build(specs=DAILY, size=1_000_000), config)
        _ok("deploy", here)
        taken = []
        for _ in range(rounds):
            there.requests.clear()
            seen = images.log.read_text().count("HTTP/1.1")
            taken.append(_took(lambda: _ok("deploy --plan --exit-code", here), in_here=False))
        requests = len(there.requests), images.log.read_text().count("HTTP/1.1") - seen
        stage(here, Build("1.0.1", specs=DAILY, size=1_000_000, code=b"one line"), config)
        told = _ok("deploy --plan", here)
        return taken, *requests, int(told.partition(" to move (")[2].partition(" ")[0])


def _ok(words: str, here: Path) -> str:
    result = bigflow(*words.split(), cwd=here)
    if result.code:
        raise SystemExit(f"bigflow {words} ended with {result.code}: {result.err}")
    return result.out


def _many_files() -> tuple[Took, Took]:
    """A whole deploy of many files, and writing the same files one after another; the stand-in works in here too."""
    with google_storage("bench") as there, fault_proxy(there.endpoint, delay=DELAY) as proxy:
        access = Access(Anonymous(), proxy.endpoint)
        dags = [deployed(named(f"wf{number}"), Bindings("bench@sha256:1", "1", "prod")) for number in range(FILES)]
        at_once = _took(lambda: _apply(dags, access), in_here=True)
        there.buckets["bench"].clear()
        place = place_of("bench", "shop", lambda address: open_store(address, access))
        return at_once, _took(lambda: _one_by_one(dags, place), in_here=True)


def _one_by_one(dags: list[Deployed], place: DagsPlace) -> None:
    for dag in dags:
        place.write(dag.name, dag.text, "")


def _apply(dags: list[Deployed], access: Access) -> None:
    place = place_of("bench", "shop", lambda address: open_store(address, access))
    ledger = Ledger(place.store, place.address.records, "shop")
    actor = Actor("bench", "bench", datetime.now(UTC), lambda process: False, time.monotonic)
    wish = Wish("deploy", "shop", "prod", "1", None, "bench", tuple(dags), ())
    observed = observe(place, recorded(ledger), (dag.name for dag in dags))
    apply(plan(wish, observed, None, actor.now), place, ledger, actor)


def _took(act: Callable[[], object], *, in_here: bool) -> Took:
    """Seconds on the clock, and of processors: of this process, or of those that it starts."""
    began, before = time.perf_counter(), os.times()
    act()
    wall, after = time.perf_counter() - began, os.times()
    used = [second - first for first, second in zip(before[:4], after[:4], strict=True)]
    return Took(wall, sum(used[:2] if in_here else used[2:]))


def _timing(shown: str, taken: list[Took]) -> Timing:
    walls, cpus = zip(*((one.wall, one.cpu) for one in taken), strict=True)
    wall, cpu = (Spread(median(seconds), min(seconds), max(seconds)) for seconds in (walls, cpus))
    return Timing(shown, len(taken), wall, cpu, tuple(round(one, 6) for one in walls))


if __name__ == "__main__":
    sys.exit(main())
