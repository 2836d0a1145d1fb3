"""Turns a question at a terminal into the answer that is typed."""

import sys

from bigflow.cli.console import Console


def at_terminal() -> bool:
    """Whether there is somebody who can read a question and answer it."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def asked(question: str, console: Console) -> str:
    """What is typed, without the blanks around it; nothing at the end of input."""
    print(f"{console.paint(question, 'bold')} ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def agreed(question: str, console: Console) -> bool:
    """Whether the answer is yes; anything unclear is no."""
    return asked(f"{question} [y/N]", console).lower() in ("y", "yes")
