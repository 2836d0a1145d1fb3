"""Turns what uv says when it fails into an error that names the reason and what to do about it."""

import re
from collections.abc import Callable
from typing import NamedTuple

from bigflow._process import Completed
from bigflow.builder.step import StepFailed
from bigflow.builder.uv.scrub import scrubbed
from bigflow.errors import BigflowError, OutsideError, UsageError

_MOST_LINES = 12
_LONGEST_LINE = 300
_CONCLUSION = re.compile(r"we can conclude that your requirements are unsatisfiable")
_NOISE = re.compile(r"No solution found|client error|tcp connect error|error sending request|\^+$")
_PREFIX = re.compile(r"^\s*(?:error: |cause: |hint: |Caused by: )?")


class _Kind(NamedTuple):
    """One way to fail: how uv's words show it, whose fault it is, what it is called, and what helps."""

    sign: re.Pattern[str]
    error: Callable[..., BigflowError]
    title: str
    hint: str


# The first that fits is told: what is further up shows among the signs of what is further down.
_KINDS = (
    _Kind(
        re.compile(r"Hash mismatch"),
        StepFailed,
        "a file is not the one that the lock names",
        "somebody has replaced it, on the index or on the way; if that was you: bigflow build-requirements --upgrade",
    ),
    _Kind(
        re.compile(r"authentication credentials|\b401 Unauthorized|\b403 Forbidden"),
        OutsideError,
        "the package index refused us",
        "give your credentials as to pip or uv: in ~/.netrc, a keyring, or the address of the index in their settings",
    ),
    _Kind(
        re.compile(r"network was disabled|network is disabled"),
        OutsideError,
        "that would need the network, which this build was told not to use",
        "leave out --offline once; what was downloaded then is at hand later",
    ),
    _Kind(
        re.compile(r"Request failed after|Failed to fetch|error sending request|HTTP status server error|dns error"),
        OutsideError,
        "the package index does not answer as it should",
        "is it up, and are the index and the proxy in your pip or uv settings right? then the same command again",
    ),
    _Kind(
        re.compile(r"No space left on device|Permission denied|Read-only file system"),
        OutsideError,
        "the disk refused",
        "see the rights of the folder, and the room on the disk",
    ),
    _Kind(
        re.compile(r"was not found in the (?:package registry|cache)"),
        StepFailed,
        "there is no such package",
        "is its name right, and does the index of your pip or uv settings have it?",
    ),
    _Kind(
        re.compile(r"No solution found"),
        StepFailed,
        "no set of versions satisfies all requirements",
        "change one of them",
    ),
    _Kind(
        re.compile(r"Couldn't parse|Error parsing|Unexpected '"),
        UsageError,
        "a line is no requirement",
        "for example: pandas>=2.2,<3",
    ),
    _Kind(
        re.compile(r"Failed to build|Build backend failed"),
        StepFailed,
        "a package that has no wheel for this Python could not be built",
        "take a version that has one, or install what its build needs",
    ),
)


def failure(completed: Completed, doing: str) -> BigflowError:
    """The error; its message holds uv's own explanation."""
    said = scrubbed(f"{completed.stdout}\n{completed.stderr}")
    if completed.timed_out:
        return OutsideError(f"cannot {doing}: uv did not come to an end in time", hint="the same command again")
    kind = next((kind for kind in _KINDS if kind.sign.search(said)), None)
    if kind is None:
        return StepFailed(_told(f"cannot {doing}: uv ended with code {completed.returncode}", said))
    return kind.error(_told(f"cannot {doing}: {kind.title}", said), hint=kind.hint)


def blamed(message: str) -> tuple[str, ...]:
    """The names of the packages that an explanation says are required by the project itself."""
    return tuple(dict.fromkeys(re.findall(r"\byou require ([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)", message)))


def parsed_at(message: str) -> tuple[str, int, int] | None:
    """The file, the line and the place (either is 0) that could not be read as a requirement."""
    if found := re.search(r"`([^`]+)` at position (\d+)", message):
        return found[1], 0, int(found[2])
    if found := re.search(r"(\S+):(\d+):\d+$", message, re.MULTILINE):
        return found[1], int(found[2]), 0
    return None


def _told(title: str, said: str) -> str:
    """uv's words without its marks: what it concludes is in the title."""
    lines = [_shortened(line) for line in said.splitlines()]
    kept = [line for line in lines if line and not _NOISE.match(line)]
    if len(kept) > _MOST_LINES:
        kept = [*kept[: _MOST_LINES - 1], f"... and {len(kept) - _MOST_LINES + 1} more lines"]
    return "\n  ".join([title, *dict.fromkeys(kept)])


def _shortened(line: str) -> str:
    text = _CONCLUSION.sub("that cannot be", _PREFIX.sub("", line)).strip()
    return text if len(text) <= _LONGEST_LINE else f"{text[: _LONGEST_LINE - 4]} ..."
