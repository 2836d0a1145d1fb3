"""Turns the ways to write down what follows what (dict, list, `a >> [b, c] >> d`) into one sequence of arrows."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import TypeAlias, Union

Part: TypeAlias = Union["Definition", object, Iterable[object]]
Arrow: TypeAlias = tuple[object, tuple[object, ...]]


class Definition:
    """What follows what. Whatever is written is accepted; `Workflow.validate()` says what is wrong with it."""

    __slots__ = ("_arrows", "_before", "first", "last")

    _before: tuple["Definition", ...]  # their arrows come before our own
    _arrows: tuple[Arrow, ...]
    first: tuple[object, ...]  # what `x >> this` points at
    last: tuple[object, ...]  # what `this >> x` starts from

    def __init__(self, jobs: Part = (), /, *more: "Definition") -> None:
        if isinstance(jobs, Mapping):
            whole = _from_arrows(jobs.items())
        elif isinstance(jobs, (list, tuple)):
            whole = _chain(jobs)
        else:
            whole = _as_definition(jobs)
        if more:
            every = (whole, *(_as_definition(one) for one in more))
            whole = _make(every, (), _flat(one.first for one in every), _flat(one.last for one in every))
        self._before, self._arrows = whole._before, whole._arrows
        self.first, self.last = whole.first, whole.last

    @classmethod
    def of(cls, definition: Part) -> "Definition":
        """A Definition as it is, anything else as `Definition(it)`."""
        return definition if isinstance(definition, Definition) else cls(definition)

    @classmethod
    def joined(cls, before: Part, after: Part) -> "Definition":
        """`before >> after`: everything that ends `before` is followed by everything that begins `after`."""
        left, right = _as_definition(before), _as_definition(after)
        arrows = tuple((end, right.first) for end in left.last)
        return _make((left, right), arrows, left.first, right.last)

    def arrows(self) -> Iterator[Arrow]:
        """Every job with what follows it, in the order of writing; a job can come up more than once."""
        waiting: list[Definition | Arrow] = [self]
        while waiting:
            step = waiting.pop()
            if isinstance(step, Definition):
                waiting.extend(reversed(step._arrows))
                waiting.extend(reversed(step._before))
            else:
                yield step

    def __rshift__(self, after: Part) -> "Definition":
        return Definition.joined(self, after)

    def __rrshift__(self, before: Part) -> "Definition":
        return Definition.joined(before, self)


def _make(
    before: tuple[Definition, ...], arrows: tuple[Arrow, ...], first: tuple[object, ...], last: tuple[object, ...]
) -> Definition:
    made = object.__new__(Definition)
    made._before, made._arrows, made.first, made.last = before, arrows, first, last
    return made


def _as_definition(part: Part) -> Definition:
    """A part of a `>>` line: a Definition, jobs side by side, or one job."""
    if isinstance(part, Definition):
        return part
    if isinstance(part, (list, tuple, set, frozenset)):
        every = tuple(_as_definition(one) for one in part)
        return _make(every, (), _flat(one.first for one in every), _flat(one.last for one in every))
    return _make((), ((part, ()),), (part,), (part,))


def _chain(parts: Iterable[Part]) -> Definition:
    """A list means one after the other; a list inside it means side by side."""
    every = tuple(_as_definition(part) for part in parts)
    if not every:
        return _make((), (), (), ())
    arrows = tuple((end, after.first) for before, after in pairwise(every) for end in before.last)
    return _make(every, arrows, every[0].first, every[-1].last)


def _from_arrows(items: Iterable[tuple[object, object]]) -> Definition:
    arrows = tuple((job, _successors(after)) for job, after in items)
    pointed_at = {id(after) for _, afters in arrows for after in afters}
    followed = {id(job) for job, afters in arrows if afters}
    jobs = tuple(job for job, _ in arrows)
    every = {id(job): job for job in (*jobs, *_flat(afters for _, afters in arrows))}
    first = tuple(job for key, job in every.items() if key not in pointed_at)
    last = tuple(job for key, job in every.items() if key not in followed)
    return _make((), arrows, first, last)


def _successors(after: object) -> tuple[object, ...]:
    if after is None:
        return ()
    if isinstance(after, (set, frozenset)):
        return tuple(sorted(after, key=lambda job: str(getattr(job, "id", ""))))
    return tuple(after) if isinstance(after, (list, tuple)) else (after,)


def _flat(groups: Iterable[tuple[object, ...]]) -> tuple[object, ...]:
    return tuple(one for group in groups for one in group)
