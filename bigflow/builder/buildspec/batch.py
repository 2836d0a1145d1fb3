"""Turns the nodes of `batch` into its builds, of which one can be chosen."""

from collections.abc import Iterator
from itertools import product

from bigflow.builder.buildspec.grammar import BatchEntry, Buildspec
from bigflow.builder.buildspec.reading import Reading, line_of
from bigflow.builder.buildspec.yaml_nodes import Items, Node
from bigflow.errors import UsageError, nearest

KINDS = ("build-list", "build-graph", "build-matrix", "build-fanout")
_ENTRY = ("identifier", "buildspec", "debug-session", "depend-on", "env", "ignore-failure")
_ENV = ("compute-type", "fleet", "image", "privileged-mode", "type", "variables")
_MOST = 100


def batch(reading: Reading, node: Node | None) -> tuple[BatchEntry, ...]:
    """All builds that the batch is made of, in their order."""
    table = reading.table(node, "batch", ("fast-fail", *KINDS))
    reading.flag(table.get("fast-fail"), "batch.fast-fail")
    return (
        *_listed(reading, table.get("build-list"), "build-list"),
        *_listed(reading, table.get("build-graph"), "build-graph"),
        *_matrix(reading, table.get("build-matrix")),
        *_fanout(reading, table.get("build-fanout")),
    )


def chosen_entry(spec: Buildspec, wish: str) -> BatchEntry:
    """The entry that is called so; UsageError with the names that there are."""
    found = next((entry for entry in spec.batch if entry.id == wish), None)
    if found is not None:
        return found
    names = [entry.id for entry in spec.batch]
    meant = nearest(wish, names)
    message = f"the batch has no entry {wish!r}" + (f"; did you mean {meant!r}?" if meant else "")
    raise UsageError(message, where=spec.file, hint=f"one of {', '.join(names)}" if names else "it has no batch at all")


def _listed(reading: Reading, node: Node | None, kind: str) -> Iterator[BatchEntry]:
    if node is not None and not isinstance(node, Items):
        reading.wrong(f"batch.{kind} must be a list", node.line, "- identifier: a-name")
        return
    for number, one in enumerate(node.nodes if node else (), 1):
        what = f"batch.{kind}[{number}]"
        table = reading.table(one, what, _ENTRY)
        env = reading.table(table.get("env"), f"{what}.env", _ENV)
        id = reading.text(table.get("identifier"), f"{what}.identifier")
        if id is None:
            reading.odd(f"{what} has no identifier", one.line)
        yield BatchEntry(
            id or f"{kind}-{number}",
            kind,
            reading.text(table.get("buildspec"), f"{what}.buildspec"),
            reading.pairs(env.get("variables"), f"{what}.env.variables"),
            reading.texts(table.get("depend-on"), f"{what}.depend-on"),
        )


def _matrix(reading: Reading, node: Node | None) -> Iterator[BatchEntry]:
    """Every combination of what is `dynamic`: files, images, values of variables. Images mean nothing here."""
    table = reading.table(node, "batch.build-matrix", ("static", "dynamic"))
    reading.table(table.get("static"), "batch.build-matrix.static", ("ignore-failure", "env"))
    dynamic = reading.table(table.get("dynamic"), "batch.build-matrix.dynamic", ("buildspec", "env"))
    env = reading.table(dynamic.get("env"), "batch.build-matrix.dynamic.env", _ENV)
    files: list[str | None] = [*reading.texts(dynamic.get("buildspec"), "batch.build-matrix.dynamic.buildspec")]
    choices = [
        [(name, value) for value in reading.texts(values, f"batch.build-matrix.dynamic.env.variables.{name}")]
        for name, values in reading.table(env.get("variables"), "batch.build-matrix.dynamic.env.variables").items()
    ]
    if table:
        builds = ((file, chosen) for file in files or [None] for chosen in product(*choices))
        for number, (file, chosen) in enumerate(builds, 1):
            yield BatchEntry(f"matrix-{number}", "build-matrix", file, chosen)


def _fanout(reading: Reading, node: Node | None) -> Iterator[BatchEntry]:
    table = reading.table(node, "batch.build-fanout", ("parallelism", "ignore-failure"))
    said = reading.text(table.get("parallelism"), "batch.build-fanout.parallelism")
    if not table:
        return
    if said not in [str(number) for number in range(1, _MOST + 1)]:
        reading.wrong(
            f"batch.build-fanout.parallelism cannot be {said!r}", line_of(node), f"a whole number from 1 to {_MOST}"
        )
        return
    for number in range(1, int(said or 0) + 1):
        yield BatchEntry(f"fanout-{number}", "build-fanout")
