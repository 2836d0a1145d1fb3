"""Turns the objects beside the DAGs into the state of a project and its releases; each change of it is conditional."""

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from bigflow.deployer import record_json
from bigflow.deployer.record_json import RecordDamaged
from bigflow.deployer.release import Entry, Release, State
from bigflow.errors import OutsideError
from bigflow.storage import ABSENT, Absent, Store, may_write

_STATE = "state.json"
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Opened:
    """The state, and its version: who writes the next one says which one it follows."""

    state: State
    version: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """The records of one project in one place."""

    store: Store
    folder: str
    project: str

    def open(self) -> Opened:
        """Where the project stands; nowhere, if nothing was ever deployed."""
        try:
            found = self.store.read(self._key(_STATE))
        except Absent:
            return Opened(State(self.project), ABSENT)
        return Opened(record_json.read_state(found.content, self.url(_STATE)), found.version)

    def open_damaged(self) -> Opened:
        """The same, where what cannot be read may be replaced: then all that is known is which numbers were given."""
        try:
            return self.open()
        except RecordDamaged:
            found = self.store.stat(self._key(_STATE))
            return Opened(State(self.project), found.version if found else ABSENT)

    def replace(self, state: State, follows: str) -> str:
        """Have a new state, if the present one is still that version; gives the new version."""
        return self.store.write(self._key(_STATE), record_json.state_text(state), expecting=follows, media_type=_JSON)

    def may_change(self) -> None:
        """Fails if we may not keep records; changes nothing."""
        may_write(self.store, self._key("doctor"))

    def keep(self, release: Release) -> str:
        """Write the record of a release under a name that nobody else has; gives the name."""
        record = f"releases/{release.number:06}-{uuid4().hex[:8]}.json"
        self.store.write(self._key(record), record_json.release_text(release), expecting=ABSENT, media_type=_JSON)
        return record

    def release(self, entry: Entry) -> Release:
        """All of a release."""
        try:
            found = self.store.read(self._key(entry.record))
        except Absent as error:
            raise RecordDamaged(
                f"the record of release {entry.number} is gone",
                where=self.url(entry.record),
                hint="bigflow deploy --clear-dags-folder   makes a new one, by the marks in the files",
            ) from error
        return record_json.read_release(found.content, self.url(entry.record))

    def drop(self, record: str) -> None:
        """Take a record away that nothing speaks of any more. If that fails, it only takes up room."""
        with suppress(OutsideError):
            self.store.delete(self._key(record))

    def last_number(self) -> int:
        """The greatest number that a record has, for when the state cannot be read."""
        names = (stored.name.rpartition("/")[2] for stored in self.store.listing(f"{self.folder}/releases"))
        return max((int(name[:6]) for name in names if name[:6].isdecimal()), default=0)

    def age_of_state(self) -> float:
        """Seconds since the state was written, by the clock of the store, which is the only one that all see."""
        state = self.store.stat(self._key(_STATE))
        return (self._now() - state.modified).total_seconds() if state else float("inf")

    def url(self, name: str) -> str:
        return f"{self.store.url.rstrip('/')}/{self._key(name)}"

    def _now(self) -> datetime:
        key = self._key("clock.json")
        self.store.write(key, json.dumps({"asked": uuid4().hex}).encode(), media_type=_JSON)
        asked = self.store.stat(key)
        if asked is None:
            raise OutsideError(f"{self.url('clock.json')} is gone as soon as it was written", hint="try again")
        return asked.modified

    def _key(self, name: str) -> str:
        return f"{self.folder}/{name}"


def projects_in(store: Store, records: str) -> tuple[str, ...]:
    """The projects that have records beside a DAGs folder; `records` is the folder of any of them."""
    above = records.rpartition("/")[0]
    names = (stored.name.removeprefix(f"{above}/") for stored in store.listing(above))
    return tuple(sorted({name.partition("/")[0] for name in names if name.endswith(f"/{_STATE}")}))
