"""Begins attempts by forking this process: milliseconds, whatever the project imported."""

import _signal  # type: ignore[import-not-found]  # as in attempt.py: a child pays for each page that it touches
import gc
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from bigflow._process_tree import end_with_parent
from bigflow.runner.attempt import Outcome
from bigflow.runner.backends import Task
from bigflow.runner.backends.child import make_attempt, tell

_NOTHING = os.open(os.devnull, os.O_RDONLY)  # opened once, for all children


def share_memory() -> None:
    """What is imported by now stays where it is, so that children share it instead of copying it."""
    gc.freeze()


def fork(task: Task, pipe: int, not_ours: Sequence[int]) -> int:
    """The id of the new process. In that process it never returns: the stack above belongs to the parent."""
    parent = os.getpid()
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        end_with_parent(parent)
        os.setsid()
        _signal.set_wakeup_fd(-1)
        for number in (_signal.SIGCHLD, _signal.SIGTERM):
            _signal.signal(number, _signal.SIG_DFL)
        for descriptor in not_ours:
            os.close(descriptor)
        _redirect(task.log)
        code = make_attempt(task, pipe)
    except OSError as error:
        tell(Outcome(0.0, reason=f"the attempt could not begin: {error}"), pipe)
    finally:
        os._exit(code)


def _redirect(log: str) -> None:
    """Standard output and error go to the log, input comes from nowhere."""
    if log:
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        os.close(descriptor)
        if isinstance(sys.stdout, TextIOWrapper):  # line by line: a job that is killed has said what it said
            sys.stdout.reconfigure(line_buffering=True)
    os.dup2(_NOTHING, 0)
