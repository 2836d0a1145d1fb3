"""Turns the folder of generated code into a part of the packages among the sources: imports find what is in either.

A copy of this file, as `sitecustomize.py`, does the same for every Python that has its folder in PYTHONPATH.
"""

import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec
from types import ModuleType

GENERATED = ".bigflow/generated"  # laid out as imports want it, beside the sources and not among them
STATE = ".bigflow/generated.json"  # from what the code was made, and by what
ENTRY = ".bigflow/path"  # what PYTHONPATH gets


def extend(folder: str) -> None:
    """From now on. A package of the sources keeps its place; what it lacks is looked for in the folder as well."""
    if folder not in sys.path and os.path.isdir(folder):
        sys.path.insert(0, folder)
        sys.meta_path.insert(0, _Beside(folder))


def stand_in(file: str) -> None:
    """As `sitecustomize`: extend, and then do what the one would have done that this one hides."""
    here = os.path.dirname(os.path.abspath(file))
    extend(os.path.join(os.path.dirname(here), os.path.basename(GENERATED)))
    others = [entry for entry in sys.path if os.path.abspath(entry) != here]
    hidden = PathFinder.find_spec("sitecustomize", others)
    if hidden is not None and hidden.loader is not None:
        hidden.loader.exec_module(module_from_spec(hidden))


class _Beside:
    """Finds what every Python finds, and adds the folder's part to where a package's modules are looked for."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._names = frozenset(name.partition(".")[0] for name in os.listdir(folder))

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] not in self._names:
            return None
        spec = PathFinder.find_spec(name, path, target)
        inside = os.path.join(self._folder, *name.split("."))
        places = spec.submodule_search_locations if spec is not None else None
        if places is not None and inside not in places and os.path.isdir(inside):
            places.append(inside)
        return spec
