"""Turns the lists that package managers leave in an image into the set of files that came from elsewhere."""

import csv
import posixpath
import re

_RECORD = re.compile(r"(?P<site>.*(?:site|dist)-packages)/(?P<name>[^/-]+)-[^/]*\.dist-info/RECORD")
_DEBIAN = re.compile(r"var/lib/dpkg/info/[^/]+\.list")
_BYTECODE = re.compile(r"__pycache__/([^/.]+)\.[^/]+\.pyc$")
_TESTS_OF_PYTHON = re.compile(r"(?:.*/)?lib/python3\.[0-9]+/test/.*")


class Packaged:
    """Files of packages, but for the project's own: what they have, all the world has."""

    def __init__(self, project: str) -> None:
        self._project = _normal(project)
        self._paths: set[str] = set()

    def hear(self, path: str, content: bytes) -> None:
        """One file of the image; if it is such a list, what it names is known from now on."""
        text = content.decode("utf-8", "surrogateescape") if path.endswith(("/RECORD", ".list")) else ""
        if (record := _RECORD.fullmatch(path)) and _normal(record["name"]) != self._project:
            rows = csv.reader(text.splitlines())
            self._paths.update(posixpath.normpath(posixpath.join(record["site"], row[0])) for row in rows if row)
        elif _DEBIAN.fullmatch(path):
            self._paths.update(line.lstrip("/") for line in text.splitlines())

    def has(self, path: str) -> bool:
        """Bytecode came with its source; Debian may say /lib for what lies in /usr/lib."""
        path = _BYTECODE.sub(r"\1.py", path)
        return not self._paths.isdisjoint((path, path.removeprefix("usr/"))) or bool(_TESTS_OF_PYTHON.fullmatch(path))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
