"""Turns the lists that package managers leave in an image into the set of files that came from elsewhere."""

import csv
import posixpath
import re

_INSTALLED = re.compile(r"(?P<site>.*(?:site|dist)-packages)/(?P<name>[^/-]+)-[^/]*\.dist-info/(?P<file>[^/]+)")
_DEBIAN = re.compile(r"var/lib/dpkg/info/[^/]+\.list")
_BYTECODE = re.compile(r"__pycache__/([^/.]+)\.[^/]+\.pyc$")
_TESTS_OF_PYTHON = re.compile(r"(?:.*/)?lib/python3\.[0-9]+/test/.*")
_SOURCES = (b'"dir_info"', b'"vcs_info"')  # where pip had it from: a folder or a repository, not an archive


class Packaged:
    """Files of packages, but for the project's own and what was installed from sources: what they have, all may see."""

    def __init__(self, project: str) -> None:
        self._project = _normal(project)
        self._lists: dict[str, set[str]] = {}
        self._ours: set[str] = set()

    def hear(self, path: str, content: bytes) -> None:
        """One file of the image; if it is such a list, what it names is known from now on."""
        installed = _INSTALLED.fullmatch(path)
        if installed and installed["file"] == "RECORD":
            rows = csv.reader(_lines(content))
            named = {posixpath.normpath(posixpath.join(installed["site"], row[0])) for row in rows if row}
            self._lists[posixpath.dirname(path)] = named
        if installed and (
            _normal(installed["name"]) == self._project
            or (installed["file"] == "direct_url.json" and any(word in content for word in _SOURCES))
        ):
            self._ours.add(posixpath.dirname(path))
        if _DEBIAN.fullmatch(path):
            self._lists[path] = {line.lstrip("/") for line in _lines(content)}

    def has(self, path: str) -> bool:
        """Bytecode came with its source; Debian may say /lib for what lies in /usr/lib."""
        path = _BYTECODE.sub(r"\1.py", path)
        names = (path, path.removeprefix("usr/"))
        listed = any(not named.isdisjoint(names) for where, named in self._lists.items() if where not in self._ours)
        return listed or _TESTS_OF_PYTHON.fullmatch(path) is not None


def _lines(content: bytes) -> list[str]:
    return content.decode("utf-8", "surrogateescape").splitlines()


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
