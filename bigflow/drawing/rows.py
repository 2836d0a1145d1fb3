"""Turns the nets of a drawing into the row of every item, so that lines are straight where they can be."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from bigflow.drawing.graph import Pair, longest_paths
from bigflow.drawing.nets import Net, Wiring


def rows(wiring: Wiring) -> dict[int, int]:
    """The row of each item, such that between two layers no row serves two nets.

    Items that a straight line joins form a block, which has one row. Every layer and every channel says which block
    is above which. These orders agree with each other, so the longest path to a block is the highest row it can have.
    """
    channels = [
        _Channel(left, right, nets)
        for (left, right), nets in zip(pairwise(wiring.layers), wiring.channels, strict=True)
    ]
    block = {item: index for index, item in enumerate(wiring.layers[0])}
    for layer, channel in zip(wiring.layers[1:], channels, strict=True):
        partner = {right: left for left, right in channel.straight}
        for item in layer:
            block[item] = block[partner[item]] if item in partner else len(block)
    orders = [*wiring.layers, *(channel.order() for channel in channels)]
    above = {(block[upper], block[lower]) for order in orders for upper, lower in pairwise(order)}
    row = longest_paths(len(block), above)
    return {item: row[index] for item, index in block.items()}


class _Channel:
    """What two layers and the nets between them say about rows."""

    def __init__(self, left: Sequence[int], right: Sequence[int], nets: Sequence[Net]) -> None:
        # What no line reaches in this channel may share a row with anything.
        used = {item for net in nets for item in (*net.lefts, *net.rights)}
        self._left = [item for item in left if item in used]
        self._right = [item for item in right if item in used]
        self._place = {item: index for side in (self._left, self._right) for index, item in enumerate(side)}
        self.straight = self._straight(nets)

    def _straight(self, nets: Sequence[Net]) -> list[Pair]:
        """Left and right ends of one net for one row: as many as can be without crossing each other."""
        wanted = [pair for net in nets for pair in zip(net.lefts, net.rights, strict=False)]
        wanted.sort(key=lambda pair: self._place[pair[0]])
        return [wanted[index] for index in _longest_rise([self._place[right] for _, right in wanted])]

    def order(self) -> list[int]:
        """The items of both layers from top to bottom, of a straight pair the left one only."""
        cuts = [(self._place[left], self._place[right]) for left, right in self.straight]
        order: list[int] = []
        for (left, right), (left_end, right_end) in pairwise([(-1, -1), *cuts, (len(self._left), len(self._right))]):
            order += self._left[left : left + 1] if left >= 0 else []
            order += [*self._right[right + 1 : right_end], *self._left[left + 1 : left_end]]
        return order


def _longest_rise(values: Sequence[int]) -> list[int]:
    """The indexes of a longest strictly rising subsequence."""
    ends: list[int] = []  # the lowest value with which a rise of this length can end
    last: list[int] = []  # and its index
    previous: list[int] = []
    for index, value in enumerate(values):
        length = bisect_left(ends, value)
        previous.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [value]
        last[length : length + 1] = [index]
    rise = []
    index = last[-1] if last else -1
    while index >= 0:
        rise.append(index)
        index = previous[index]
    return rise[::-1]
