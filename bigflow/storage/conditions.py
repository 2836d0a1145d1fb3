"""Decides what a refused condition means: that somebody else was faster, or that we were, and did not hear of it."""

from dataclasses import dataclass

from bigflow.storage.session import Reply
from bigflow.storage.store import ABSENT, Conflict, Stored


@dataclass(frozen=True, slots=True)
class Made:
    """What is there, and the mark of the write that made it."""

    stored: Stored
    mark: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What was to be there."""

    url: str
    version: str


def version_of_ours(mark: str, there: Made | None, expected: Expected) -> str:
    """The version that an earlier try of this write made, if there was one whose answer got lost; else a Conflict."""
    if there and there.mark == mark:
        return there.stored.version
    raise Conflict(expected.url, expected.version, there.stored if there else None)


def see_that_it_went(there: Stored | None, reply: Reply, expected: Expected) -> None:
    """Fine if nothing was expected, or if an earlier try may have been the one that deleted it; else a Conflict."""
    if there or not (reply.doubted or expected.version == ABSENT):
        raise Conflict(expected.url, expected.version, there)
