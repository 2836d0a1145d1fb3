"""Turns what jobs log into lines that tell one execution from another, at no cost for jobs that log nothing."""

import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType


def log_with(mark: str) -> None:
    """Root logging at INFO, each line with the mark, unless the project sets up its own.

    A fifth of the time in which a pod's process starts would go into importing `logging`. So, where the project has
    not imported it, this waits until somebody does.
    """
    if "logging" in sys.modules:
        _set_up(mark)
    else:
        sys.meta_path.insert(0, _Watch(lambda: _set_up(mark)))


def _set_up(mark: str) -> None:
    import logging

    line = f"%(asctime)s %(levelname)-7s [{mark.replace('%', '%%')}] %(name)s: %(message)s"
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format=line)


class _Watch:
    """Sees `logging` being imported, once, and acts when it is there."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act

    def find_spec(self, name: str, path: object = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != "logging":
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(name)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_and_act(module: ModuleType) -> None:
                load(module)
                self._act()

            setattr(spec.loader, "exec_module", load_and_act)  # noqa: B010 - of this one loader
        return spec
