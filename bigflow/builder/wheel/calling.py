"""Turns a script of ours and an order for it into the answer that it gives in another Python."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass

from bigflow._files import write_atomically
from bigflow.builder.step import Work

_HERE = os.path.dirname(os.path.abspath(__file__))
_TAIL = 12


@dataclass(frozen=True, slots=True)
class Script:
    """A function in a file of this folder, and the Python that is to run it. It is given the path of its order."""

    python: str
    file: str
    function: str
    variables: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Silence:
    """It ended without an answer: what it said last, and its exit code."""

    code: int
    last_lines: tuple[str, ...]


def call(work: Work, script: Script, order: Mapping[str, object], folder: str) -> dict[str, object] | Silence:
    """Run it in this folder. Neither the current folder nor the user's own packages are where it imports from."""
    place, answer = (os.path.join(work.folder, f"{script.function}-{name}.json") for name in ("order", "answer"))
    write_atomically(place, json.dumps({**order, "answer": answer}))
    code = f"import runpy; runpy.run_path({os.path.join(_HERE, script.file)!r})[{script.function!r}]({place!r})"
    done = work.tool((script.python, "-P", "-s", "-c", code), cwd=folder, env_add=script.variables)
    try:
        with open(answer, encoding="utf-8") as file:
            told = json.load(file)
        os.unlink(answer)
    except (OSError, ValueError):
        told = None
    if isinstance(told, dict):
        return told
    lines = [line.rstrip() for line in done.stdout.splitlines() if line.strip()]
    return Silence(done.returncode, tuple(lines[-_TAIL:]))
