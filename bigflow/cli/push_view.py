"""Turns the events of a push into a display that is redrawn at a terminal, and into lines elsewhere."""

from collections.abc import Callable, Iterator

from bigflow import _ambient
from bigflow.cli.console import Console
from bigflow.cli.deploy_view import shortened
from bigflow.cli.region import PATIENCE, SPINNER, Region, Terminal, can_redraw, padded
from bigflow.cli.run_lines import duration
from bigflow.deployer.events import DeployEvent, DeployListener, PieceMoved, PushEnded, PushStarted, unheard
from bigflow.drawing.sizes import size

_A_FRAME = 0.1  # seconds
_A_LINE = 10.0  # seconds, where nothing is redrawn: whoever reads a log wants to know that it goes on
_DIGEST = len("sha256:") + 12


def listener(console: Console) -> DeployListener:
    """What the deployer tells its events to."""
    if console.json:
        return unheard
    if console.verbose or not can_redraw():
        return PushLines(console.say, _ambient.stopwatch).tell
    view = PushDisplay(Region(Terminal()), _ambient.stopwatch)
    console.above_display = view.say
    return view.tell


class Pushed:
    """How far a push is. A blob counts once, however often its bytes had to be sent."""

    def __init__(self, started: PushStarted, now: float) -> None:
        self.reference = started.reference
        self._blobs = started.blobs
        self._bytes = started.bytes
        self._began = now
        self._moved: dict[str, int] = {}
        self._sizes: dict[str, int] = {}

    def add(self, piece: PieceMoved) -> None:
        self._sizes[piece.digest] = piece.size
        self._moved[piece.digest] = min(piece.size, self._moved.get(piece.digest, 0) + piece.bytes)

    def seconds(self, now: float) -> float:
        return now - self._began

    def on_their_way(self) -> Iterator[tuple[str, int, int]]:
        """The blobs of which only a part has moved: digest, bytes, size."""
        for digest, moved in self._moved.items():
            if moved < self._sizes[digest]:
                yield digest, moved, self._sizes[digest]

    def so_far(self, now: float) -> str:
        """`1 of 3 blobs   12 of 41 MB   29%   11 MB/s   1.1 s`."""
        done = sum(1 for digest, moved in self._moved.items() if moved == self._sizes[digest])
        moved = sum(self._moved.values())
        share = f"{100 * moved // self._bytes}%" if self._bytes else ""
        parts = (
            f"{done} of {self._blobs} blobs", _of(moved, self._bytes), share, self._speed(now),
            duration(self.seconds(now)),
        )  # fmt: skip
        return "   ".join(filter(None, parts))

    def ended(self, now: float) -> str:
        """The line that stays."""
        taken = ", ".join(filter(None, (f"{size(sum(self._moved.values()))} moved", self._speed(now))))
        return f"image {shortened(self.reference)} is there: {taken}, {duration(self.seconds(now))}"

    def _speed(self, now: float) -> str:
        seconds = self.seconds(now)
        return f"{size(int(sum(self._moved.values()) / seconds))}/s" if seconds > 0 else ""


class PushLines:
    """A line at the beginning, one at the end, and one every few seconds."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float]) -> None:
        self._say = say
        self._clock = clock
        self._push: Pushed | None = None
        self._told = 0.0

    def tell(self, event: DeployEvent) -> None:
        now = self._clock()
        if isinstance(event, PushStarted):
            self._push, self._told = Pushed(event, now), now
            self._say(f"moving image {shortened(event.reference)}: {size(event.bytes)}")
        elif self._push and isinstance(event, PushEnded):
            self._say(self._push.ended(now))
        elif self._push and isinstance(event, PieceMoved):
            self._push.add(event)
            if now - self._told >= _A_LINE:
                self._told = now
                self._say(f"  {self._push.so_far(now)}")


class PushDisplay:
    """A line for each blob that is on its way, and one for all of them; of a push that is over, one line stays."""

    def __init__(self, region: Region, clock: Callable[[], float]) -> None:
        self._region = region
        self._clock = clock
        self._push: Pushed | None = None
        self._drawn = 0.0
        self._frames = 0

    def tell(self, event: DeployEvent) -> None:
        now = self._clock()
        if isinstance(event, PushStarted):
            self._push = Pushed(event, now)
        elif self._push and isinstance(event, PushEnded):
            self._region.show([self._push.ended(now)], ())
        elif self._push and isinstance(event, PieceMoved):
            self._push.add(event)
            if self._push.seconds(now) >= PATIENCE and now - self._drawn >= _A_FRAME:
                self._drawn = now
                self._frames += 1
                self._region.show((), list(self._display(self._push, now)))

    def say(self, line: str) -> None:
        """A line that somebody else has to say: it stays, and the display is gone until the next piece."""
        self._region.show([line], ())

    def _display(self, push: Pushed, now: float) -> Iterator[str]:
        _, rows = self._region.size()
        mark = SPINNER[self._frames % len(SPINNER)]
        for digest, moved, whole in list(push.on_their_way())[: max(0, rows - 2)]:
            yield f"  {mark}   {padded(digest, _DIGEST)}   {_of(moved, whole)}"
        yield f"  {push.so_far(now)}"


def _of(part: int, whole: int) -> str:
    """`12 MB of 41 MB`."""
    return f"{size(part)} of {size(whole)}"
