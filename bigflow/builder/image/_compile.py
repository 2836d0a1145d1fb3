"""Turns the Python files of a folder into bytecode beside them that is the same every time; run by any Python."""

import gc
import importlib.util
import marshal
import os
from collections.abc import Iterator
from typing import NoReturn

_PORTION = 64  # files; it must not depend on the machine
_UNCHECKED = 1  # bytecode that names the hash of its source, which nobody compares


def compile_all(folder: str, shown: str) -> int:
    """Gives the exit code. Each portion in a process of its own that begins in the same state.

    What `marshal` writes depends on which texts are in use elsewhere in the process: on what was compiled before.
    """
    gc.disable()  # each process ends soon; looking for garbage would only make it copy its parent's memory
    files = sorted(_sources(folder))
    portions = [files[at : at + _PORTION] for at in range(0, len(files), _PORTION)]
    at_once = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    running: set[int] = set()
    failed = False
    while portions or running:
        while portions and len(running) < at_once:
            portion = portions.pop(0)
            child = os.fork()
            if child == 0:
                _compile(portion, folder, shown)
            running.add(child)
        ended, status = os.wait()
        running.discard(ended)
        failed = failed or status != 0
    return int(failed)


def _sources(folder: str) -> Iterator[str]:
    for parent, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".py"):
                yield os.path.join(parent, name)


def _compile(files: list[str], folder: str, shown: str) -> NoReturn:
    code = 1
    try:
        for path in files:
            with open(path, "rb") as file:
                source = file.read()
            try:
                compiled = compile(source, shown + path[len(folder) :], "exec", dont_inherit=True)
                data = marshal.dumps(compiled)
            except (SyntaxError, ValueError, RecursionError, UnicodeDecodeError):
                continue  # for another Python, or no module at all: packages bring such files
            target = importlib.util.cache_from_source(path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as file:
                head = importlib.util.MAGIC_NUMBER + _UNCHECKED.to_bytes(4, "little")
                file.write(head + importlib.util.source_hash(source) + data)
        code = 0
    finally:
        os._exit(code)
