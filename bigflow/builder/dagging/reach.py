"""Turns a workflow into a fingerprint of the files that its jobs can reach, so that a plan can say what changed.

Reached are the modules that hold the workflow, what they import, at whatever depth and wherever in the text, and the
packages around them. A module that imports by names that only a run knows reaches everything. Resources and
requirements are everybody's.
"""

import ast
import hashlib
import os
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache

from bigflow._files import files_below, sha256_of
from bigflow.project.discovery import workflows_in
from bigflow.project.package import packages
from bigflow.workflow.workflow import Workflow

_LENGTH = 16  # letters of a fingerprint
_PARTS = ("body", "orelse", "finalbody", "handlers", "cases")  # of a statement, which are lists of others
_BY_NAME = frozenset(("importlib", "pkgutil", "runpy"))  # whoever imports these may import anything
_CALLS = re.compile(rb"(?<![.\w])(?:__import__|exec|eval)\s*\(")


class Reach:
    """The modules of one project, each read once. All of them have been imported."""

    def __init__(self, root: str, shared: Iterable[str]) -> None:
        self._root = root
        self._shared = sorted({path for one in shared for path in self._at_or_below(one)})
        self._hash = cache(lambda path: sha256_of(os.path.join(root, path)))
        self._path = cache(self._found_at)
        self._holders = self._found()
        self._neighbours = cache(self._read)

    def code(self, workflow: Workflow) -> str:
        """The fingerprint; empty if nobody knows where the workflow is from."""
        holders = self._holders.get(id(workflow))
        return self._fingerprint(frozenset(holders)) if holders else ""

    def files(self, modules: Iterable[str]) -> frozenset[str]:
        """The files of modules, and of all that these reach."""
        reached: set[str] = set()
        waiting = list(modules)
        while waiting:
            name = waiting.pop()
            path = self._path(name)
            if path and path not in reached:
                reached.add(path)
                waiting += self._neighbours(name)
        return frozenset(reached)

    def _found(self) -> dict[int, set[str]]:
        """The modules in which each workflow lies."""
        found: dict[int, set[str]] = {}
        for name, module in list(sys.modules.items()):
            if self._path(name):
                for workflow in workflows_in(module):
                    found.setdefault(id(workflow), set()).add(name)
        return found

    def _fingerprint(self, modules: frozenset[str]) -> str:
        lines = (f"{path} {self._hash(path)}\n" for path in (*sorted(self.files(modules)), *self._shared))
        return hashlib.sha256("".join(lines).encode()).hexdigest()[:_LENGTH]

    def _read(self, name: str) -> tuple[str, ...]:
        """What a module may import, and the packages that it is in: names, of which not all are modules of ours."""
        path = self._path(name)
        try:
            with open(os.path.join(self._root, path), "rb") as file:
                text = file.read()
            tree = ast.parse(text, path)
        except (SyntaxError, ValueError):  # nothing has imported it, and nothing can
            return ()
        package = name if path.endswith("__init__.py") else name.rpartition(".")[0]
        imported = tuple(_imported(tree, package))
        by_name = _BY_NAME.intersection(one.partition(".")[0] for one in imported) or _CALLS.search(text)
        everything = by_name or any(map(self._is_all_of_a_package, imported))
        return tuple(self._all()) if everything else (*imported, name.rpartition(".")[0])

    def _is_all_of_a_package(self, imported: str) -> bool:
        """`from package import *` may import modules: it is `__all__` that says which."""
        return imported.endswith(".*") and self._path(imported[:-2]).endswith("__init__.py")

    def _all(self) -> Iterator[str]:
        for package in packages(self._root):
            for path in files_below(os.path.join(self._root, package)):
                if path.endswith(".py"):
                    yield f"{package}.{path.removesuffix('.py')}".replace(os.sep, ".").removesuffix(".__init__")

    def _found_at(self, name: str) -> str:
        """Where a module lies in the project; empty if it does not."""
        stem = name.replace(".", os.sep)
        for path in (f"{stem}.py", os.path.join(stem, "__init__.py")):
            if name and os.path.isfile(os.path.join(self._root, path)):
                return path
        return ""

    def _at_or_below(self, path: str) -> list[str]:
        whole = os.path.join(self._root, path)
        if os.path.isfile(whole):
            return [path]
        return [os.path.join(path, name) for name in files_below(whole)]


def _imported(tree: ast.Module, package: str) -> Iterator[str]:
    """`from a import b` may mean a module `a.b`; relative names are made whole."""
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
        elif isinstance(node, ast.ImportFrom):
            above = package.rsplit(".", node.level - 1)[0] if node.level else ""
            start = ".".join(filter(None, (above, node.module)))
            yield start
            yield from (f"{start}.{alias.name}" for alias in node.names)


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """All of them, at any depth. Expressions, which hold none, are most of a tree: they are passed over."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for part in _PARTS:
            waiting += getattr(node, part, ())
