"""Turns a task into an attempt inside a child process, and its outcome into bytes for the parent."""

import contextlib
import json
import os
import sys

from bigflow._process_tree import adopt_orphans
from bigflow.runner.attempt import Outcome, Terminated, attempt, interrupted
from bigflow.runner.backends import Task

LONGEST_TRACEBACK = 8_000  # characters: all of it is in the log
LONGEST_TEXT = 1_000


def make_attempt(task: Task, pipe: int) -> int:
    """The attempt; gives the exit code of its process."""
    adopt_orphans()  # as the first process of a pod does: so what a job leaves behind can be told from others' children
    process = os.getpid()
    try:
        outcome = attempt(task.job, task.context, task.limit)
        code = 0 if outcome.succeeded else 1
    except (Terminated, KeyboardInterrupt) as interruption:
        outcome = interrupted(interruption)
        code = 143
    told = bool(code or outcome.note)  # of a plain success the exit code tells everything
    if told and os.getpid() == process:  # else the job forked itself, and this copy came back from `execute`, too
        tell(outcome, pipe)
        with contextlib.suppress(AttributeError, OSError, ValueError):
            sys.stderr.write(outcome.traceback)
    flush()
    return code


def tell(outcome: Outcome, pipe: int) -> None:
    """Send it to the parent; a job may have closed every descriptor that it found."""
    short = outcome._replace(
        value=None,
        reason=outcome.reason[:LONGEST_TEXT],
        where=outcome.where[:LONGEST_TEXT],
        hint=outcome.hint[:LONGEST_TEXT],
        traceback=outcome.traceback[-LONGEST_TRACEBACK:],
    )
    told = json.dumps(short._asdict()).encode()
    with contextlib.suppress(OSError):
        while told:
            told = told[os.write(pipe, told) :]


def heard(told: bytes) -> Outcome | None:
    """What was sent, if it was."""
    try:
        return Outcome(**json.loads(told))
    except (ValueError, TypeError):
        return None


def flush() -> None:
    """What was printed is where it belongs. The streams may be closed, or gone, or replaced."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.flush()
