"""Turns a graph of any size into a list in the order of execution, which names for each node those that it follows."""

from collections import Counter
from collections.abc import Iterator, Sequence

from bigflow.drawing.graph import Graph
from bigflow.drawing.words import cells

_WHOLE_STAGE = 4  # from this many nodes on, a stage that is followed as a whole is named by its number


def listing(graph: Graph, captions: Sequence[str], names: Sequence[str], width: int, arrow: str) -> list[str]:
    """One line a node, more where its parents need them; a stage holds what may run at the same time."""
    stages: list[list[int]] = [[] for _ in range(1 + max(graph.ranks))]
    for node, rank in enumerate(graph.ranks):
        stages[rank].append(node)
    parents = _parents(graph, names, [len(stage) for stage in stages])
    digits = len(str(len(stages)))
    heads = {
        node: f"{number if node == stage[0] else '':>{digits}}  {captions[node]}"
        for number, stage in enumerate(stages, start=1)
        for node in stage
    }
    margin = 2 + max((cells(head) for head in heads.values() if cells(head) <= width // 2), default=digits + 4)
    room = width - margin - cells(arrow) - 1
    return [
        line
        for node, head in heads.items()
        for line in _entry(head, list(_wrapped(parents[node], room)), margin, arrow)
    ]


def _entry(head: str, rows: Sequence[str], margin: int, arrow: str) -> Iterator[str]:
    """The lines of one node; one whose name reaches beyond the margin has its parents on lines of their own."""
    if not rows or cells(head) > margin - 2:
        yield head
        head = ""
    for row in rows:
        lead = arrow if row is rows[0] else " " * cells(arrow)
        yield f"{head}{' ' * (margin - cells(head))}{lead} {row}"
        head = ""


def _parents(graph: Graph, names: Sequence[str], sizes: Sequence[int]) -> list[list[str]]:
    """What each node follows: names, and `all of 2` for the whole of a large stage."""
    sources: list[list[int]] = [[] for _ in graph.nodes]
    for source, target in graph.edges:
        sources[target].append(source)
    found = []
    for own in sources:
        shares = Counter(graph.ranks[source] for source in own)
        whole = {rank for rank, share in shares.items() if share == sizes[rank] >= _WHOLE_STAGE}
        rest = [names[source] for source in own if graph.ranks[source] not in whole]
        found.append([*(f"all of {rank + 1}" for rank in sorted(whole)), *rest])
    return found


def _wrapped(words: Sequence[str], room: int) -> Iterator[str]:
    """The words with commas between them, in rows that fit."""
    row = ""
    for word in words:
        if row and cells(row) + cells(word) + 3 > room:
            yield row + ","
            row = word
        else:
            row = f"{row}, {word}" if row else word
    if row:
        yield row
