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

    What is known of a folder is not worked out again: repositories have many files in few folders.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        patterns = tuple(dict.fromkeys(patterns))
        self._of_paths = _Several(one for one in patterns if _is_anchored(one))
        self._of_names = _Several(one for one in patterns if not _is_anchored(one))
        self._folders: dict[str, Found | None] = {"": None}

    def find(self, path: str) -> Found | None:
        """The one that means the path, or the highest folder that it lies in."""
        folder, _, name = path.rpartition("/")
        return self._in(folder) or self._itself(path, name, is_folder=False)

    def _in(self, folder: str) -> Found | None:
        if folder not in self._folders:
            parent, _, name = folder.rpartition("/")
            self._folders[folder] = self._in(parent) or self._itself(folder, name, is_folder=True)
        return self._folders[folder]

    def _itself(self, path: str, name: str, *, is_folder: bool) -> Found | None:
        pattern = self._of_paths.fitting(path, is_folder) or self._of_names.fitting(name, is_folder)
        return Found(pattern, path) if pattern else None


class _Several:
    """Patterns that are tried all at once: nearly every path is meant by none of them."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._each = [(pattern, _expression(pattern)) for pattern in patterns]
        self._any = re.compile("|".join(expression for _, expression in self._each) or r"(?!)", re.DOTALL)

    def fitting(self, text: str, is_folder: bool) -> str | None:
        """The first that means the text; one that ends in `/` means folders alone."""
        if not self._any.fullmatch(text):
            return None
        fitting = (pattern for pattern, expression in self._each if re.fullmatch(expression, text, re.DOTALL))
        return next((pattern for pattern in fitting if is_folder or not pattern.endswith("/")), None)


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


def _expression(pattern: str) -> str:
    return "".join(_SIGNS.get(token, re.escape(token)) for token in _TOKEN.findall(pattern.strip("/")))
