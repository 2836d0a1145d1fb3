"""Turns the text of `on-failure` into what happens after a phase that failed."""

import re
from dataclasses import dataclass
from typing import Literal

_TRIES = 3
_MOST = 100
_ANYTHING = ".*"


@dataclass(frozen=True, slots=True)
class OnFailure:
    """DEFAULT is what happens where nothing is said: only a failed BUILD is followed by POST_BUILD."""

    action: Literal["DEFAULT", "ABORT", "CONTINUE"] = "DEFAULT"
    retries: int = 0
    pattern: str = _ANYTHING  # what a failure must look like to be tried again

    def is_worth_a_retry(self, told: str) -> bool:
        """`told` is the error, and what was written before it."""
        return re.search(self.pattern, told) is not None


def on_failure(text: str) -> OnFailure | None:
    """ABORT, CONTINUE, RETRY, RETRY-2, RETRY-timed out, RETRY-2-timed out; None when it is none of them."""
    if text == "ABORT":
        return OnFailure("ABORT")
    if text == "CONTINUE":
        return OnFailure("CONTINUE")
    word, _, rest = text.partition("-")
    if word != "RETRY" or text == "RETRY-":
        return None
    count, dash, pattern = rest.partition("-")
    if not (count.isascii() and count.isdecimal()):
        count, pattern = str(_TRIES), rest or _ANYTHING
    elif not dash:
        pattern = _ANYTHING
    allowed = len(count) <= len(str(_MOST)) and int(count) <= _MOST
    return OnFailure(retries=int(count), pattern=pattern) if allowed and _is_regex(pattern) else None


def _is_regex(pattern: str) -> bool:
    try:
        return bool(pattern and re.compile(pattern))
    except re.error:
        return False
