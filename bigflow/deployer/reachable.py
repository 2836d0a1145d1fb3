"""Turns the places of an environment into what we may do there, without doing it: for `doctor`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bigflow.deployer.images import ImagePlace
from bigflow.deployer.ledger import Ledger
from bigflow.deployer.place import DagsPlace
from bigflow.errors import BigflowError

_NOBODY = f"sha256:{'0' * 64}"  # an image that no registry has
_Question = tuple[str, Callable[[], str]]


@dataclass(frozen=True, slots=True)
class Reached:
    """One thing that a deploy does, and whether it would work."""

    what: str
    ok: bool
    detail: str
    hint: str = ""


def look_at_dags(place: DagsPlace, ledger: Ledger) -> tuple[Reached, ...]:
    """All that a deploy asks of the DAGs folder and of the records beside it; changes are such as cannot happen."""
    return _answers(
        (
            ("list DAGs", lambda: _files(place)),
            ("write DAGs", lambda: _done(place.may_write)),
            ("delete DAGs", lambda: _done(place.may_delete)),
            ("read records", lambda: _stands(ledger)),
            ("write records", lambda: _done(ledger.may_change)),
        )
    )


def look_at_images(place: ImagePlace) -> tuple[Reached, ...]:
    """The same for where images go."""

    def pulled() -> str:
        place.find(_NOBODY)
        return place.said

    return _answers((("pull images", pulled), ("push images", lambda: _done(place.may_put))))


def _answers(questions: Iterable[_Question]) -> tuple[Reached, ...]:
    """One for each question; of several that fail for one and the same reason, the first."""
    found: list[Reached] = []
    for what, ask in questions:
        try:
            found.append(Reached(what, True, ask()))
        except BigflowError as error:
            if not any(one.detail == error.message for one in found):
                found.append(Reached(what, False, error.message, error.hint))
    return tuple(found)


def _done(act: Callable[[], None]) -> str:
    act()
    return ""


def _files(place: DagsPlace) -> str:
    count = sum(1 for _ in place.listing())
    return f"{place.address.shown}: {count} file{'' if count == 1 else 's'}"


def _stands(ledger: Ledger) -> str:
    state = ledger.open().state
    if state.intent:
        return f"{state.intent.who} has been at work ({state.intent.act}) since {state.intent.since:%Y-%m-%d %H:%M} UTC"
    return f"release {state.current.number} is deployed" if state.current else "nothing is deployed yet"
