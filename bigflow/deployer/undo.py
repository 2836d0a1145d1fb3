"""Turns a change that has begun into one that has not: every file is again what it was, unless somebody else has it."""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from bigflow.deployer import ownership
from bigflow.deployer.actor import LEASE_SECONDS, Actor, new_id
from bigflow.deployer.ledger import Ledger, Opened
from bigflow.deployer.place import DagsPlace
from bigflow.deployer.release import Intent
from bigflow.errors import OutsideError
from bigflow.storage import ABSENT, Conflict, Stored, at_once


class Busy(OutsideError):
    """Somebody else is changing the same place."""

    def __init__(self, intent: Intent, where: str) -> None:
        super().__init__(
            f"{intent.who} has been at work here ({intent.act}) since {intent.since:%Y-%m-%d %H:%M:%S} UTC",
            where=where,
            hint=f"wait until it is done; what is left of it after {LEASE_SECONDS // 60} minutes is undone",
        )


class Undone(NamedTuple):
    """Whose change was undone. Files in `left` are somebody else's by now."""

    who: str
    since: datetime
    left: tuple[str, ...]


class Settled(NamedTuple):
    """The state, in which nothing is half done; and what was."""

    opened: Opened
    undone: Undone | None = None


def settle(place: DagsPlace, ledger: Ledger, actor: Actor, *, damaged: bool = False) -> Settled:
    """Undo what somebody began who is no longer there; Busy if they may be. `damaged`: as `open_damaged` has it."""
    opened = ledger.open_damaged() if damaged else ledger.open()
    intent = opened.state.intent
    if intent is None:
        return Settled(opened)
    if not actor.gone(intent.process) and ledger.age_of_state() <= LEASE_SECONDS:
        raise Busy(intent, ledger.url(""))
    taken = replace(intent, id=new_id(), process=actor.process)
    try:
        ledger.replace(replace(opened.state, intent=taken), opened.version)
    except Conflict:
        raise Busy(ledger.open().state.intent or intent, ledger.url("")) from None
    left = undo(place, ledger, taken) or ()
    return Settled(ledger.open(), Undone(intent.who, intent.since, left))


def undo(place: DagsPlace, ledger: Ledger, intent: Intent) -> tuple[str, ...] | None:
    """Undo a change of ours, and end it. None: it was not ours any more, or never began."""
    opened = ledger.open()
    if opened.state.intent is None or opened.state.intent.id != intent.id:
        return None
    left = _put_back(place, ledger, opened, intent)
    ledger.replace(replace(opened.state, intent=None), opened.version)
    ledger.drop(intent.record)
    return left


def _put_back(place: DagsPlace, ledger: Ledger, opened: Opened, intent: Intent) -> tuple[str, ...]:
    current = opened.state.current
    release = ledger.release(current) if current and _needs_release(intent) else None
    there = {stored.name: stored for stored in place.listing()}
    before = dict(intent.before)

    def one(name: str) -> str:
        text = before[name] if name in before else release.text(name) if release else None
        return _one(_File(place, ledger.project, name), there.get(name), text)

    wrong = at_once([lambda name=name: one(name) for name in intent.names])  # type: ignore[misc]
    return tuple(filter(None, wrong))


def _needs_release(intent: Intent) -> bool:
    return not {*intent.names} <= {name for name, _ in intent.before}


class _File(NamedTuple):
    """One file of the DAGs folder, and the project that is at work."""

    place: DagsPlace
    project: str
    name: str


def _one(file: _File, stored: Stored | None, text: str | None) -> str:
    """Have one file as it was; gives its name if it is not ours to change."""
    place, name = file.place, file.name
    if stored is None:
        if text is not None:
            place.write(name, text, ABSENT)
        return ""
    if text is not None and stored.holds(text.encode()):
        return ""
    found = place.text(name)
    if found == text:
        return ""
    if not ownership.is_of(found, file.project):
        return name
    if text is None:
        place.delete(name, stored.version)
    else:
        place.write(name, text, stored.version)
    return ""
