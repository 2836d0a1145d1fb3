"""What the user sees of a push: a display at a terminal, lines elsewhere, nothing among JSON."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.screen import ScreenShown

from bigflow.cli.console import Console
from bigflow.cli.push_view import PushDisplay, Pushed, PushLines, listener
from bigflow.cli.region import Region
from bigflow.deployer.events import DeployEvent, PieceMoved, PushEnded, PushStarted

REFERENCE = f"shop@sha256:{'4' * 64}"
STARTED = PushStarted(REFERENCE, 2, 40_000_000)
LAYER, CONFIG = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
MB = 1_000_000


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def told(view: PushDisplay | PushLines, clock: Clock, *events: tuple[float, DeployEvent]) -> None:
    for at, event in events:
        clock.now = 100.0 + at
        view.tell(event)


def display(columns: int = 100) -> tuple[PushDisplay, ScreenShown, Clock]:
    screen, clock = ScreenShown(columns), Clock()
    return PushDisplay(Region(screen), clock), screen, clock


def test_each_blob_on_its_way_and_all_of_them() -> None:
    view, screen, clock = display()
    told(
        view,
        clock,
        (0, STARTED),
        (1, PieceMoved(CONFIG, 2000, 2000)),
        (2, PieceMoved(LAYER, 39 * MB, 12 * MB)),
    )
    assert screen.shown == [
        "  -   sha256:aaaaaaaaaaa…   12 MB of 39 MB",
        "  1 of 2 blobs   12 MB of 40 MB   30%   6.0 MB/s   2.0 s",
        "",
    ]
    told(view, clock, (4, PieceMoved(LAYER, 39 * MB, 27 * MB)), (4, PushEnded(REFERENCE)))
    assert screen.shown == ["image shop@sha256:444444444444 is there: 39 MB moved, 9.8 MB/s, 4.0 s", ""]


def test_what_is_over_at_once_shows_no_display() -> None:
    view, screen, clock = display()
    told(view, clock, (0, STARTED), (0.1, PieceMoved(CONFIG, 2000, 2000)), (0.2, PushEnded(REFERENCE)))
    assert screen.writes == 1
    assert len(screen.shown) == 2


def test_it_is_not_drawn_for_every_piece() -> None:
    view, screen, clock = display()
    pieces = [(1 + n / 1000, PieceMoved(LAYER, 39 * MB, 1000)) for n in range(1000)]
    told(view, clock, (0, STARTED), *pieces)
    assert 5 <= screen.writes <= 11


def test_an_error_stays_and_the_display_goes() -> None:
    view, screen, clock = display()
    told(view, clock, (0, STARTED), (1, PieceMoved(LAYER, 39 * MB, MB)))
    view.say("error: the registry is gone")
    assert screen.shown == ["error: the registry is gone", ""]


@pytest.mark.parametrize("columns", [10, 30])
def test_a_narrow_window(columns: int) -> None:
    view, screen, clock = display(columns)
    told(view, clock, (0, STARTED), (1, PieceMoved(LAYER, 39 * MB, MB)), (2, PieceMoved(LAYER, 39 * MB, MB)))
    assert len(screen.shown) == 3


def test_lines_at_the_beginning_at_the_end_and_now_and_then() -> None:
    said: list[str] = []
    clock = Clock()
    pieces = [(n / 2, PieceMoved(LAYER, 40 * MB, MB)) for n in range(1, 41)]
    told(PushLines(said.append, clock), clock, (0, STARTED), *pieces, (20, PushEnded(REFERENCE)))
    assert said == [
        "moving image shop@sha256:444444444444: 40 MB",
        "  0 of 2 blobs   20 MB of 40 MB   50%   2.0 MB/s   10.0 s",
        "  1 of 2 blobs   40 MB of 40 MB   100%   2.0 MB/s   20.0 s",
        "image shop@sha256:444444444444 is there: 40 MB moved, 2.0 MB/s, 20.0 s",
    ]


def test_json_is_not_disturbed(capsys: pytest.CaptureFixture[str]) -> None:
    tell = listener(Console(json=True))
    for event in (STARTED, PieceMoved(LAYER, MB, MB), PushEnded(REFERENCE)):
        tell(event)
    assert capsys.readouterr() == ("", "")


@given(st.lists(st.tuples(st.sampled_from([LAYER, CONFIG]), st.integers(0, 2 * MB)), max_size=30))
def test_what_is_sent_again_does_not_count_again(pieces: list[tuple[str, int]]) -> None:
    push = Pushed(PushStarted(REFERENCE, 2, 2 * MB), 0.0)
    for digest, count in pieces:
        push.add(PieceMoved(digest, MB, count))
    left = {digest: (moved, whole) for digest, moved, whole in push.on_their_way()}
    for digest in (LAYER, CONFIG):
        sent = sum(count for one, count in pieces if one == digest)
        moved = left.get(digest, (MB if sent else 0, MB))[0]
        assert moved == min(sent, MB)
    assert "%" in push.so_far(1.0)
    assert int(push.so_far(1.0).partition("%")[0].rpartition(" ")[2]) <= 100
