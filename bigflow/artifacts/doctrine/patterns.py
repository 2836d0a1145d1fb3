"""Turns patterns as ignore files have them into the answer which of them means a path, and into their forms."""

import re
from collections.abc import Iterable
from typing import NamedTuple

_SIGNS = {"**/": "(?:.*/)?", "/**": "/.*", "*": "[^/]*", "?": "[^/]"}
_TOKEN = re.compile(r"\*\*/|/\*\*$|\*|\?|.", re.DOTALL)
_ANY = "any"  # stands for what a sign may be


class Found(NamedTuple):
    """The pattern that means a path, and the file or folder that it is about."""

    pattern: str
    top: str


class Finder:
    """Some patterns: `/build/` is a folder at the root, `__pycache__/` one anywhere; `*` crosses no `/`, `**` does.

    A pattern without a `/` before its end is about one name: each name is matched once, however many paths have it.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        patterns = tuple(dict.fromkeys(patterns))
        self._at_root = [(one, _matching(one, r"(?=/)", r"(?=/|\Z)")) for one in patterns if _is_anchored(one)]
        self._by_name = [(one, _matching(one, r"\Z", r"\Z")) for one in patterns if not _is_anchored(one)]
        self._known: dict[tuple[str, bool], str | None] = {}

    def find(self, path: str) -> Found | None:
        """The first that means the path, or a folder that it lies in."""
        for pattern, matching in self._at_root:
            if found := matching.match(path):
                return Found(pattern, found[0])
        end = 0
        while end < len(path):
            begin, end = end, path.find("/", end) + 1 or len(path) + 1
            named = self._of_name(path[begin : end - 1], end <= len(path))
            if named is not None:
                return Found(named, path[: end - 1])
        return None

    def _of_name(self, name: str, is_folder: bool) -> str | None:
        key = name, is_folder
        if key not in self._known:
            fitting = (one for one, matching in self._by_name if matching.match(name))
            self._known[key] = next((one for one in fitting if is_folder or not one.endswith("/")), None)
        return self._known[key]


def probe(pattern: str) -> str:
    """A path that the pattern means, whether or not it is there."""
    named = pattern.strip("/").replace("**", _ANY).replace("*", _ANY).replace("?", "x")
    return f"{named}/{_ANY}" if pattern.endswith("/") else named


def for_docker(pattern: str) -> str:
    """The line of a .dockerignore that means the same: there every line begins at the root."""
    named = pattern.strip("/")
    return named if _is_anchored(pattern) else f"**/{named}"


def _is_anchored(pattern: str) -> bool:
    return "/" in pattern.rstrip("/")


def _matching(pattern: str, end_of_folder: str, end: str) -> "re.Pattern[str]":
    inside = "".join(_SIGNS.get(token, re.escape(token)) for token in _TOKEN.findall(pattern.strip("/")))
    return re.compile(inside + (end_of_folder if pattern.endswith("/") else end), re.DOTALL)
