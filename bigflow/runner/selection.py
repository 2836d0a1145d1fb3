"""Turns `--only --from --until --skip` into the jobs that are to be run, and why each other one is not."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bigflow.errors import UsageError, nearest
from bigflow.workflow.graph import Graph


class Selection(NamedTuple):
    """Globs over job ids, as the user gave them. No word of a kind means: all."""

    only: tuple[str, ...] = ()
    since: tuple[str, ...] = ()  # --from: these, and all that follow
    until: tuple[str, ...] = ()  # these, and all that they need
    skip: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(self)


def left_out(selection: Selection, graph: Graph, ids: Sequence[str]) -> dict[int, str]:
    """The number of each job that is not to be run, with the word that says so."""
    everything = set(range(len(ids)))
    wanted = {
        "--only": _matching(selection.only, ids, "--only") if selection.only else everything,
        "--from": _spread(_matching(selection.since, ids, "--from"), graph.children) if selection.since else everything,
        "--until": _spread(_matching(selection.until, ids, "--until"), graph.parents)
        if selection.until
        else everything,
        "--skip": everything - _matching(selection.skip, ids, "--skip"),
    }
    words = {"--only": selection.only, "--from": selection.since, "--until": selection.until, "--skip": selection.skip}
    reasons: dict[int, str] = {}
    for option, numbers in wanted.items():
        for number in sorted(everything - numbers):
            reasons.setdefault(number, f"{option} {' '.join(words[option])}")
    if len(reasons) == len(ids):
        said = " ".join(f"{option} {word}" for option, given in words.items() for word in given)
        raise UsageError(f"{said} leaves no job to run", hint="bigflow run --plan tells what each option leaves out")
    return reasons


def _matching(patterns: Iterable[str], ids: Sequence[str], option: str) -> set[int]:
    from fnmatch import fnmatchcase

    found: set[int] = set()
    for pattern in patterns:
        matching = {number for number, job_id in enumerate(ids) if fnmatchcase(job_id, pattern)}
        if not matching:
            meant = nearest(pattern, ids)
            raise UsageError(
                f"{option} {pattern} matches no job" + (f"; did you mean {meant!r}?" if meant else ""),
                hint=f"jobs: {', '.join(ids[:20])}{', ...' if len(ids) > 20 else ''}",
            )
        found |= matching
    return found


def _spread(start: set[int], neighbours: Sequence[Sequence[int]]) -> set[int]:
    reached = set(start)
    waiting = list(start)
    while waiting:
        for number in neighbours[waiting.pop()]:
            if number not in reached:
                reached.add(number)
                waiting.append(number)
    return reached
