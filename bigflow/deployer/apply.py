"""Turns a plan for files into files: all of them and the record of the release, or none."""

from collections.abc import Callable
from dataclasses import replace

from bigflow.deployer.actor import Actor, new_id
from bigflow.deployer.ledger import Ledger, Opened
from bigflow.deployer.place import DagsPlace
from bigflow.deployer.plan import DeployPlan, FileChange
from bigflow.deployer.release import Entry, Intent, State
from bigflow.deployer.undo import Busy, undo
from bigflow.errors import BigflowError, OutsideError
from bigflow.storage import Conflict, at_once

KEPT = 100  # releases that can be gone back to


def apply(plan: DeployPlan, place: DagsPlace, ledger: Ledger, actor: Actor) -> Entry:
    """The files as planned, and the release that says so.

    The record comes first, then the intent, which is the lease, then the files, then the state without the intent: that
    is the moment at which the release is made. Whatever fails before it is undone, at once or by the next command.
    """
    if plan.opened.state.intent:
        raise Busy(plan.opened.state.intent, ledger.url(""))
    record = ledger.keep(plan.release)
    intent = Intent(
        id=new_id(),
        who=actor.who,
        process=actor.process,
        since=actor.now,
        act=plan.release.act,
        record=record,
        names=tuple(change.name for change in plan.files),
        before=_told_apart(plan),
    )
    check = actor.lease()
    try:
        version = _begin(ledger, plan.opened, intent)
        _change(place, plan.files, check)
        check()
        return _end(ledger, plan, record, version)
    except Busy:
        ledger.drop(record)
        raise
    except BaseException as error:
        if made := _made_all_the_same(ledger, record, error):
            return made
        _undone(place, ledger, intent, error)
        raise


def _begin(ledger: Ledger, opened: Opened, intent: Intent) -> str:
    try:
        return ledger.replace(replace(opened.state, intent=intent), opened.version)
    except Conflict:
        there = ledger.open().state
        if there.intent:
            raise Busy(there.intent, ledger.url("")) from None
        raise _overtaken(there, ledger) from None


def _overtaken(there: State, ledger: Ledger) -> OutsideError:
    last = there.current
    what = f"{last.who} made release {last.number} meanwhile" if last else "somebody changed the state meanwhile"
    return OutsideError(what, where=ledger.url(""), hint="look at the new plan, and apply that: bigflow deploy --plan")


def _change(place: DagsPlace, files: tuple[FileChange, ...], check: Callable[[], None]) -> None:
    """New and changed files first: a DAG that gets another id is there twice for a moment, rather than not at all."""

    def act(change: FileChange) -> None:
        check()
        if change.after is None:
            place.delete(change.name, change.version)
        else:
            place.write(change.name, change.after, change.version)

    for wanted in (True, False):
        at_once([lambda one=one: act(one) for one in files if (one.after is not None) == wanted])  # type: ignore[misc]


def _end(ledger: Ledger, plan: DeployPlan, record: str, version: str) -> Entry:
    made = plan.release
    entry = Entry(
        number=made.number,
        record=record,
        act=made.act,
        version=made.version,
        commit=made.commit,
        who=made.who,
        time=made.time,
        environment=made.environment,
        dags=len(made.dags),
    )
    history = (*plan.opened.state.history, entry)
    ledger.replace(State(ledger.project, history[-KEPT:]), version)
    for old in history[:-KEPT]:
        ledger.drop(old.record)
    return entry


def _made_all_the_same(ledger: Ledger, record: str, error: BaseException) -> Entry | None:
    """The release, if what failed was only the answer to the last request."""
    if not isinstance(error, OutsideError):
        return None
    try:
        current = ledger.open().state.current
    except BigflowError:
        return None
    return current if current and current.record == record else None


def _undone(place: DagsPlace, ledger: Ledger, intent: Intent, error: BaseException) -> None:
    """Undo what was done, and let the user know, by an error that says both."""
    told = error if isinstance(error, BigflowError) else None
    try:
        left = undo(place, ledger, intent)
    except BigflowError as another:
        if told is None:
            return
        hint = f"it could not be undone either ({another}): the next bigflow command here does that"
        raise OutsideError(told.message, where=told.where, hint=hint) from error
    if left is None:
        ledger.drop(intent.record)
    if told is not None:
        kept = f", but for {', '.join(left)}, which somebody else has changed" if left else ""
        hint = f"{told.hint}; nothing is deployed: all is as it was{kept}".removeprefix("; ")
        raise OutsideError(told.message, where=told.where, hint=hint) from error


def _told_apart(plan: DeployPlan) -> tuple[tuple[str, str | None], ...]:
    """What files hold that is not what the last release put there."""
    return tuple((change.name, change.before) for change in plan.files if change.before != change.released)
