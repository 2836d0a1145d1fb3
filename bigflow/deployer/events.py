"""What a deploy tells while an image moves, as values; only the command line turns them into text."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias


class PushStarted(NamedTuple):
    """An image begins to move."""

    reference: str
    blobs: int  # that are not there yet
    bytes: int


class PieceMoved(NamedTuple):
    """Some bytes of a blob have moved. What a broken connection has lost moves again, and is told again."""

    digest: str
    size: int  # of the blob
    bytes: int


class PushEnded(NamedTuple):
    """All of the image is there, and was found there."""

    reference: str


DeployEvent: TypeAlias = PushStarted | PieceMoved | PushEnded
DeployListener: TypeAlias = Callable[[DeployEvent], None]


def unheard(_event: DeployEvent) -> None:
    """For those who do not want to know."""
