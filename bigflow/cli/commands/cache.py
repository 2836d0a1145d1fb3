"""Turns the caches of this machine, and of the project, into a list with their sizes, or into empty ones."""

import argparse
import os

from bigflow._files import locked
from bigflow.builder.caches import Cache, Measured, caches, clear, measured
from bigflow.cli.build_options import machine_cache
from bigflow.cli.console import Console
from bigflow.cli.here import built_root
from bigflow.cli.options import add_json
from bigflow.drawing.sizes import size
from bigflow.errors import ExitCode, UsageError, nearest
from bigflow.project.layout import LOCK

_ALL = "all"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--clear", metavar="NAME", action="append", default=[], help="remove what is in it; repeatable; all: everything"
    )
    add_json(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    root, machine = built_root(arguments), machine_cache()
    there = caches(machine, root)
    wanted = _named(arguments.clear, there)
    found = [(cache, measured(cache)) for cache in there]
    for cache in wanted:
        _clear(cache, root, console)
    if console.json:
        console.data_json([_as_json(cache, seen, cache in wanted) for cache, seen in found])
    elif wanted:
        freed = sum(seen.size for cache, seen in found if cache in wanted)
        console.data(f"cleared {', '.join(cache.name for cache in wanted)}: {size(freed)}")
    else:
        _list(found, machine, console)
    return ExitCode.OK


def _named(words: list[str], there: tuple[Cache, ...]) -> tuple[Cache, ...]:
    names = [cache.name for cache in there]
    for word in words:
        if word not in (*names, _ALL):
            meant = nearest(word, (*names, _ALL))
            hint = f"did you mean {meant!r}?" if meant else f"one of {', '.join(names)}, or {_ALL}"
            raise UsageError(f"there is no cache {word!r} here", hint=hint)
    return tuple(cache for cache in there if cache.name in words or _ALL in words)


def _clear(cache: Cache, root: str | None, console: Console) -> None:
    """Of the project only while no build is at work in it."""
    if cache.of == "project" and root is not None:
        with locked(os.path.join(root, LOCK), lambda holder: console.say(f"waiting for {holder or 'a build'}")):
            clear(cache)
    else:
        clear(cache)


def _list(found: list[tuple[Cache, Measured]], machine: str, console: Console) -> None:
    console.data(f"{'cache':<16} {'of':<8} {'size':>9}  {'files':>7}  what")
    for cache, seen in found:
        console.data(f"{cache.name:<16} {cache.of:<8} {size(seen.size):>9}  {seen.files:>7}  {cache.what}")
    total = size(sum(seen.size for _, seen in found))
    console.data(
        f"{total} in all; the machine's is in {machine}; --clear NAME removes one: it is made again when needed"
    )


def _as_json(cache: Cache, seen: Measured, cleared: bool) -> dict[str, object]:
    return {**cache._asdict(), **seen._asdict(), "cleared": cleared}
