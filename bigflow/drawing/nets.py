"""Turns layers into nets: groups of edges that join all of their left ends with all of their right ends.

The lines of one net may touch, because every way through it from left to right is an edge. What leads to several nets
gets a strand for each, in a layer of its own, so that afterwards everything leads to one net and comes from one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, pairwise

from bigflow.drawing.graph import Pair
from bigflow.drawing.layout import Layered


@dataclass(frozen=True, slots=True)
class Net:
    """All of `lefts` lead to all of `rights`; both in the order of their layers."""

    lefts: tuple[int, ...]
    rights: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wiring:
    """Layers of items and strands; `channels[i]` joins `layers[i]` and `layers[i + 1]`."""

    layers: tuple[tuple[int, ...], ...]
    channels: tuple[tuple[Net, ...], ...]  # in one channel nothing is in two nets


def wiring(layered: Layered) -> Wiring:
    """The nets of every channel, with layers of strands where they are needed."""
    pairs = {pair for route in layered.routes.values() for pair in pairwise(route)}
    fresh = count(1 + max(item for layer in layered.layers for item in layer))
    layers, channels = [layered.layers[0]], []
    for left, right in pairwise(layered.layers):
        nets = _nets(left, right, pairs)
        fans = _fans(left, nets, fresh)
        if any(len(strands) > 1 for strands in fans.values()):
            layers.append(tuple(strand for strands in fans.values() for strand in strands.values()))
            channels.append(tuple(Net((item,), tuple(strands.values())) for item, strands in fans.items()))
            nets = [Net(tuple(fans[item][net] for item in net.lefts), net.rights) for net in nets]
        layers.append(right)
        channels.append(tuple(nets))
    return Wiring(tuple(layers), tuple(channels))


def _nets(left: Sequence[int], right: Sequence[int], pairs: Iterable[Pair]) -> list[Net]:
    """The edges between two layers, with the targets that follow the very same sources together; top to bottom."""
    place = {item: index for layer in (left, right) for index, item in enumerate(layer)}
    inside = sorted((pair for pair in pairs if pair[0] in place and pair[1] in place), key=lambda pair: place[pair[0]])
    sources: dict[int, tuple[int, ...]] = {}
    for source, target in inside:
        sources[target] = (*sources.get(target, ()), source)
    targets: dict[tuple[int, ...], list[int]] = {}
    for target in sorted(sources, key=place.__getitem__):
        targets.setdefault(sources[target], []).append(target)
    nets = [Net(lefts, tuple(rights)) for lefts, rights in targets.items()]
    return sorted(nets, key=lambda net: _centre(net.lefts, place) + _centre(net.rights, place))


def _centre(items: Sequence[int], place: dict[int, int]) -> float:
    return sum(place[item] for item in items) / len(items)


def _fans(left: Sequence[int], nets: Sequence[Net], fresh: Iterator[int]) -> dict[int, dict[Net, int]]:
    """Of each item that leads anywhere the nets to which it leads, each with a new strand."""
    own = {item: [net for net in nets if item in net.lefts] for item in left}
    return {item: {net: next(fresh) for net in reached} for item, reached in own.items() if reached}
