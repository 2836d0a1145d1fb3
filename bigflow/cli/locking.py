"""Turns the wish for a lock into one, for the commands that are no whole build, and tells what became of it."""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from bigflow._files import locked
from bigflow.builder.requirements.compiling import Compiled, compile_lock
from bigflow.builder.requirements.order import Order
from bigflow.builder.step import Interpreter
from bigflow.builder.uv.calling import Tool, Uv, find_uv
from bigflow.cli.console import Console
from bigflow.project.environment import project_environment
from bigflow.project.layout import LOCK


def interpreter(root: str) -> Interpreter:
    """The Python that the project's code runs in, as files say: this process does not become it."""
    own = project_environment(root, sys.prefix)
    if own is not None and not own.problem and own.version:
        return Interpreter(own.python, own.version, own=True)
    return Interpreter(sys.executable, ".".join(str(part) for part in sys.version_info[:3]), own=False)


@contextmanager
def alone(root: str, command: str, console: Console) -> Iterator[str]:
    """No build and no other such command is at work meanwhile; an empty folder for what is half made."""
    with (
        locked(os.path.join(root, LOCK), lambda holder: console.note(f"waiting for {holder}")) as sign,
        tempfile.TemporaryDirectory(prefix="bigflow-") as folder,
    ):
        sign(f"{command}, process {os.getpid()}")
        yield folder


def keep_lock(arguments: argparse.Namespace) -> None:
    """Of a variant, the lock was made in the variant's folder: bring it to the sources."""
    if getattr(arguments, "laid", None) is not None:
        from bigflow.project.variant_folder import bring_back_lock  # late: most projects have no variants

        bring_back_lock(arguments.laid)


def lock_requirements(order: Order, tool: Tool, scratch: str, console: Console) -> Compiled:
    """Make the lock, if it has to be made, and tell of it."""

    def uv() -> Uv:
        console.say(console.place(f"locking what {order.source} asks for, for {order.target}"))
        return find_uv(order.root, tool)

    compiled = compile_lock(order, uv, scratch)
    for note in compiled.notes:
        console.note(f"{note.message} ({note.where})")
    for line in compiled.changed:
        console.say(f"  {line}")
    console.say(console.place(f"{order.lock}: {compiled.summary}"))
    return compiled
