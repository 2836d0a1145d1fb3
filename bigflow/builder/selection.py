"""Turns the words of `--only`, `--skip` and `--from` into the steps that a build performs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from bigflow.errors import UsageError, nearest


class Phase(NamedTuple):
    """Steps that may run side by side, then those that close the phase."""

    name: str
    steps: tuple[str, ...]
    closing: tuple[str, ...] = ()
    despite: frozenset[str] = frozenset()  # phases whose failure does not keep this one from being begun

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.steps, *self.closing)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which steps the user wants: names of steps or of whole phases."""

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    since: str | None = None


def selected(phases: Iterable[Phase], wanted: Selection) -> frozenset[str]:
    """The names of the steps to perform."""
    phases = tuple(phases)
    known: dict[str, tuple[str, ...]] = {step: (step,) for phase in phases for step in phase.all}
    known |= {phase.name: phase.all for phase in phases}
    steps = [step for phase in phases for step in phase.all]
    if wanted.since is not None:
        steps = steps[steps.index(_named(wanted.since, known, "--from")[0]) :]
    if wanted.only:
        only = {step for word in wanted.only for step in _named(word, known, "--only")}
        steps = [step for step in steps if step in only]
    skipped = {step for word in wanted.skip for step in _named(word, known, "--skip")}
    return frozenset(step for step in steps if step not in skipped)


def _named(word: str, known: dict[str, tuple[str, ...]], option: str) -> tuple[str, ...]:
    if word in known:
        return known[word]
    meant = nearest(word, known)
    message = f"{option}: there is no step or phase {word!r}" + (f"; did you mean {meant!r}?" if meant else "")
    raise UsageError(message, hint=f"steps: {', '.join(name for name, steps in known.items() if steps == (name,))}")
