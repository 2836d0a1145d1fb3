"""Turns requirements.in into requirements.txt: every package, in exact versions, with the hashes of its files."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from bigflow._files import write_atomically
from bigflow.builder.requirements.freshness import header, is_fresh
from bigflow.builder.requirements.lock import Lock, changes, locked, text_of
from bigflow.builder.requirements.names import FRAMEWORKS, extras_of, name_of
from bigflow.builder.requirements.order import Order
from bigflow.builder.requirements.sources import Line, Sources, read_sources
from bigflow.builder.uv.calling import Uv
from bigflow.builder.uv.failures import blamed, parsed_at
from bigflow.errors import BigflowError, Finding, UsageError, nearest

_NOT_THERE_YET = ("bigquery", "dataflow")


@dataclass(frozen=True, slots=True)
class Compiled:
    """The lock that is there now. `changed` are the differences to the one before, a line each."""

    lock: Lock
    made: bool
    changed: tuple[str, ...] = ()
    notes: tuple[Finding, ...] = ()

    @property
    def summary(self) -> str:
        packages = f"{len(self.lock)} package{'s' * (len(self.lock) != 1)}"
        if not self.made:
            return f"lock up to date ({packages})"
        return f"locked {packages} ({len(self.changed)} changed)" if self.changed else f"locked {packages}, as before"


def compile_lock(order: Order, uv: Callable[[], Uv], scratch: str) -> Compiled:
    """Make the lock if it is not fresh, or if an upgrade is asked for. Else its versions stay as they are."""
    sources = read_sources(order.root, order.source)
    path = os.path.join(order.root, order.lock)
    notes = tuple(note for line in sources.lines if (note := _framework_note(line)))
    before, text = locked(path), text_of(path)
    _check_names(order.upgrade_packages, before, sources)
    if not (order.upgrade or order.upgrade_packages) and is_fresh(text, sources, order.target):
        return Compiled(before, made=False, notes=notes)
    made = _compiled(order, sources, text, uv(), scratch)
    write_atomically(path, header(sources, order.target) + made)
    after = locked(path)
    return Compiled(after, made=True, changed=changes(before, after), notes=notes)


def excluding(names: tuple[str, ...], scratch: str) -> tuple[str, str]:
    """The option with which uv leaves packages out, whoever asks for them."""
    path = os.path.join(scratch, "excluded.txt")
    write_atomically(path, "".join(f"{name}\n" for name in names))
    return "--excludes", path


def _compiled(order: Order, sources: Sources, before: str, uv: Uv, scratch: str) -> str:
    output = os.path.join(scratch, "requirements.txt")
    write_atomically(output, before)  # uv keeps the versions that it finds in its output file
    upgrades = [word for package in order.upgrade_packages for word in ("--upgrade-package", package)]
    try:
        uv.must(
            f"lock what {order.source} asks for",
            *("pip", "compile", order.source, "--output-file", output, "--generate-hashes", "--no-header"),
            *("--no-emit-index-url", "--no-emit-find-links", "--no-emit-index-annotation", "--no-emit-build-options"),
            *("--python", order.python, *order.target.uv_options),
            *excluding(FRAMEWORKS, scratch),
            *(("--upgrade",) if order.upgrade else upgrades),
        )
    except BigflowError as error:
        raise type(error)(error.message, where=_place(error.message, sources), hint=error.hint) from None
    return text_of(output)


def _place(message: str, sources: Sources) -> str:
    """The lines that an explanation is about."""
    parsed = parsed_at(message)
    if parsed and parsed[0] in sources.files:
        file, line, position = parsed
        content = sources.contents[sources.files.index(file)].encode()
        return f"{file}:{line or content[:position].count(10) + 1}"
    names = [name_of(name) for name in blamed(message)]
    places = dict.fromkeys(sources.where(name) for name in names)
    return ", ".join(places) or sources.files[0]


def _check_names(upgrades: tuple[str, ...], before: Lock, sources: Sources) -> None:
    """uv would say nothing of a name that is nowhere, and the user would wait for an upgrade in vain."""
    known = {package.name for package in before.packages} | {name_of(line.text) for line in sources.lines}
    for upgrade in upgrades:
        name = name_of(upgrade)
        if name not in known:
            meant = nearest(name, sorted(filter(None, known)))
            raise UsageError(
                f"there is no package {upgrade!r} among the requirements"
                + (f"; did you mean {meant!r}?" if meant else ""),
                where=sources.files[0],
            )


def _framework_note(line: Line) -> Finding | None:
    name = name_of(line.text)
    if name not in FRAMEWORKS:
        return None
    absent = [extra for extra in extras_of(line.text) if extra in _NOT_THERE_YET]
    more = f"; what its extras {', '.join(absent)} brought is not there yet" if absent else ""
    return Finding(
        f"{line.text} is left out of the lock: a build adds the framework itself{more}",
        line.where,
        "take the line out" + (", and name what you import yourself" if extras_of(line.text) else ""),
    )
