"""Loaded by the Python of a build environment: turns an order into a wheel, by the hooks of a build backend (PEP 517).

Nothing of the framework is there. The order and the answer are files of JSON.
"""

import json
import os
import sys
from importlib import import_module


def build(path: str) -> None:
    """Answer with the name of the wheel, or with what the backend says it needs and was not given yet."""
    with open(path, encoding="utf-8") as file:
        order = json.load(file)
    os.chdir(order["source"])
    os.umask(0o022)
    sys.path[:0] = [os.path.abspath(folder) for folder in order["backend_path"]]
    backend = _backend(order["backend"])
    asked = getattr(backend, "get_requires_for_build_wheel", None)
    requires = list(asked()) if asked is not None else []
    missing = [requirement for requirement in requires if requirement not in order["requires"]]
    wheel = "" if missing else backend.build_wheel(order["into"])  # type: ignore[attr-defined]
    with open(order["answer"], "w", encoding="utf-8") as file:
        json.dump({"missing": missing, "wheel": wheel}, file)


def _backend(name: str) -> object:
    """`package.module:object.attribute`."""
    module, _, attributes = name.partition(":")
    backend: object = import_module(module)
    for attribute in filter(None, attributes.split(".")):
        backend = getattr(backend, attribute)
    return backend
