"""Turns what lies in a DAGs folder into what a plan must know: by one listing, and by reading what that leaves open."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bigflow.deployer import ownership
from bigflow.deployer.ledger import Ledger, Opened
from bigflow.deployer.place import DagsPlace
from bigflow.deployer.record_json import RecordDamaged
from bigflow.deployer.release import Release
from bigflow.storage import Absent, Stored, at_once

_DAG = "_dag.py"  # how files that we write end


@dataclass(frozen=True, slots=True)
class Seen:
    """A file that matters to the project."""

    version: str
    text: str
    ours: bool


@dataclass(frozen=True, slots=True)
class Observed:
    """What is there: the state, the release, the files that matter, and how many others there are."""

    opened: Opened
    current: Release | None
    files: Mapping[str, Seen]
    others: int
    numbered: int  # the last release that there ever was


@dataclass(frozen=True, slots=True)
class Records:
    """What the records say."""

    opened: Opened
    current: Release | None
    numbered: int


def recorded(ledger: Ledger, opened: Opened | None = None, *, damaged: bool = False) -> Records:
    """The state, and the release that is deployed. `damaged`: its record need not be readable, and may be replaced."""
    opened = opened or ledger.open()
    entry = opened.state.current
    if entry is None:
        return Records(opened, None, ledger.last_number() if damaged else 0)
    try:
        return Records(opened, ledger.release(entry), entry.number)
    except RecordDamaged:
        if not damaged:
            raise
        return Records(opened, None, entry.number)


def observe(place: DagsPlace, records: Records, wanted: Iterable[str], *, by_marks: bool = False) -> Observed:
    """What is there. `wanted` names the files to be; with `by_marks` all others that may be ours are read."""
    current = records.current
    known = {dag.name: dag.text for dag in current.dags} if current else {}
    names = {*known, *wanted}
    files: dict[str, Seen] = {}
    doubtful: list[Stored] = []
    others = 0
    for stored in place.listing():
        if stored.name not in names and not (by_marks and stored.name.endswith(_DAG)):
            others += 1
        elif stored.name in known and stored.holds(known[stored.name].encode()):
            files[stored.name] = Seen(stored.version, known[stored.name], ours=True)
        else:
            doubtful.append(stored)
    project = records.opened.state.project
    texts = at_once([lambda name=stored.name: _text(place, name) for stored in doubtful])  # type: ignore[misc]
    for stored, text in zip(doubtful, texts, strict=True):
        if text is None:
            continue
        ours = ownership.is_of(text, project)
        if ours or stored.name in names:
            files[stored.name] = Seen(stored.version, text, ours)
        else:
            others += 1
    return Observed(records.opened, current, files, others, records.numbered)


def _text(place: DagsPlace, name: str) -> str | None:
    """What the file says; None if it has just gone."""
    try:
        return place.text(name)
    except Absent:
        return None
