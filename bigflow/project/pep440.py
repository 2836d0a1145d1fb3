"""Turns tags and other texts into version numbers of Python's standard form (PEP 440), which can be compared."""

import re
from typing import NamedTuple

_FORM = re.compile(
    r"""(?P<release>[0-9]+(?:\.[0-9]+)*)
        (?:[-_.]?(?P<stage>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?P<stage_number>[0-9]+)?)?
        (?P<post>-[0-9]+|[-_.]?(?:post|rev|r)[-_.]?[0-9]*)?
        (?P<dev>[-_.]?dev[-_.]?[0-9]*)?
        (?P<local>\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_STAGES = {"alpha": "a", "beta": "b", "preview": "rc", "pre": "rc", "c": "rc"}
_LONGEST = 90  # an image tag has 128 characters, and `.devN-gC.tF` must still fit
_PREFIX = re.compile(r"[^0-9]*")
_DEV_ONLY, _RELEASED, _NEVER_DEV = "", "z", float("inf")  # stages before, and after, "a" < "b" < "rc"

SortKey = tuple[tuple[int, ...], str, int, int, float, str]


class Number(NamedTuple):
    """A version number: its text as written, and what decides about its place among others."""

    text: str
    key: SortKey
    countable: bool  # `.devN+g...` can follow it: it has no such part yet


def parse(text: str) -> Number | None:
    """The number that `text` is, if it is one. An epoch (`1!2.0`) is refused: no image tag can carry it."""
    match = _FORM.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return None
    dev, local = match["dev"], match["local"]
    key = (_release(match["release"]), _stage(match), int(match["stage_number"] or 0), _post(match["post"]))
    place = float(_digits(dev)) if dev is not None else _NEVER_DEV
    return Number(text, (*key, place, (local or "").lower()), dev is None and local is None)


def of_tag(tag: str) -> Number | None:
    """The number of a git tag: `v1.2`, `release-1.2` and `shop/v1.2` are all 1.2; other tags are no versions."""
    return parse(_PREFIX.sub("", tag, count=1))


def _release(text: str) -> tuple[int, ...]:
    parts = [int(part) for part in text.split(".")]
    while len(parts) > 1 and parts[-1] == 0:  # 1.0 is 1
        parts.pop()
    return tuple(parts)


def _stage(match: re.Match[str]) -> str:
    stage = (match["stage"] or "").lower()
    if stage:
        return _STAGES.get(stage, stage)
    return _DEV_ONLY if match["dev"] is not None and match["post"] is None else _RELEASED


def _post(text: str | None) -> int:
    return -1 if text is None else _digits(text)


def _digits(text: str) -> int:
    return int(re.sub(r"[^0-9]", "", text) or 0)
