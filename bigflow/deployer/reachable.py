"""Turns the places of an environment into whether we may look at them, without changing anything: for `doctor`."""

from collections.abc import Callable
from dataclasses import dataclass

from bigflow.deployer.deploying import Ground
from bigflow.errors import BigflowError

_NOBODY = f"sha256:{'0' * 64}"  # an image that no registry has


@dataclass(frozen=True, slots=True)
class Reached:
    """One place, and what came of asking it."""

    what: str
    ok: bool
    detail: str
    hint: str = ""


def look_around(ground: Ground, repository: str) -> tuple[Reached, ...]:
    """Ask each place what a plan asks. Whether we may write there is known only to who tries."""
    return (
        _tried("DAGs folder", lambda: f"{ground.place.address.shown}: {_files(ground)} files"),
        _tried("records", lambda: _records(ground)),
        _tried("images", lambda: _images(ground, repository)),
    )


def _tried(what: str, act: Callable[[], str]) -> Reached:
    try:
        return Reached(what, True, act())
    except BigflowError as error:
        return Reached(what, False, error.message, error.hint)


def _files(ground: Ground) -> int:
    return sum(1 for _ in ground.place.listing())


def _records(ground: Ground) -> str:
    state = ground.ledger.open().state
    if state.intent:
        return f"{state.intent.who} has been at work ({state.intent.act}) since {state.intent.since:%Y-%m-%d %H:%M} UTC"
    return f"release {state.current.number} is deployed" if state.current else "nothing is deployed yet"


def _images(ground: Ground, repository: str) -> str:
    ground.images(repository).find(_NOBODY)
    return f"{repository} answers us"
