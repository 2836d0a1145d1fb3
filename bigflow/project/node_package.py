"""Turns a package.json into a value that says what a Node project is."""

import json
import os
from collections.abc import Iterator
from typing import NamedTuple

from bigflow.errors import Finding, InvalidProject
from bigflow.project.answers import Pairs
from bigflow.project.layout import read_bytes

FILE = "package.json"


class NodePackage(NamedTuple):
    """What the file says. None: nobody said."""

    name: str
    version: str | None
    private: bool
    scripts: tuple[tuple[str, str], ...]
    requires: frozenset[str]  # the packages that it needs, to run or to be developed
    entries: tuple[str, ...]  # the files that others will look for in it
    manager: str | None  # "pnpm"
    said: Pairs  # the table "bigflow"

    def script(self, *names: str) -> str | None:
        """The first of these scripts that there is."""
        there = dict(self.scripts)
        return next((name for name in names if name in there), None)


def read_node_package(root: str) -> NodePackage:
    """The package that lies in `root`; InvalidProject with all that is wrong with what the file says."""
    try:
        document = json.loads(read_bytes(os.path.join(root, FILE)).decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InvalidProject([Finding("this file is not UTF-8 text", FILE)]) from None
    except json.JSONDecodeError as error:
        told = Finding(f"this is not JSON: {error.msg}", f"{FILE}:{error.lineno}", f"column {error.colno}")
        raise InvalidProject([told]) from None
    if not isinstance(document, dict):
        raise InvalidProject([Finding("this is not a package.json: it holds no object", FILE)])
    reading = _Reading(document)
    package = NodePackage(
        name=reading.text("name") or os.path.basename(root) or "root",
        version=reading.text("version"),
        private=document.get("private") is True,
        scripts=tuple(reading.texts("scripts").items()),
        requires=frozenset(
            name for key in ("dependencies", "devDependencies", "optionalDependencies") for name in reading.texts(key)
        ),
        entries=tuple(dict.fromkeys(reading.entries())),
        manager=(reading.text("packageManager") or "").partition("@")[0] or None,
        said=tuple(reading.table("bigflow").items()),
    )
    if reading.findings:
        raise InvalidProject(reading.findings)
    return package


class _Reading:
    """One pass over the document: values come out, what is wrong is collected."""

    def __init__(self, document: dict[str, object]) -> None:
        self._document = document
        self.findings: list[Finding] = []

    def text(self, key: str) -> str | None:
        value = self._document.get(key)
        if value is None or (isinstance(value, str) and value.strip()):
            return value
        self._wrong(f"{key} must be a text")
        return None

    def table(self, key: str) -> dict[str, object]:
        value = self._document.get(key, {})
        if isinstance(value, dict):
            return value
        self._wrong(f"{key} must be an object")
        return {}

    def texts(self, key: str) -> dict[str, str]:
        return {name: value for name, value in self.table(key).items() if isinstance(value, str)}

    def entries(self) -> Iterator[str]:
        """As Node and npm find them: `main`, `types`, and the programs."""
        for key in ("main", "module", "types"):
            if said := self.text(key):
                yield os.path.normpath(said)
        programs = self._document.get("bin")
        named = [programs] if isinstance(programs, str) else list(self.texts("bin").values()) if programs else []
        yield from (os.path.normpath(path) for path in named)

    def _wrong(self, message: str) -> None:
        self.findings.append(Finding(message, FILE))
